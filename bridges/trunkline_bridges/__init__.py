"""The bridges: one package for each platform."""
