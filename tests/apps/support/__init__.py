"""What the apps share: the differences of the Gradio versions, a model that needs no network, doors for tests."""
