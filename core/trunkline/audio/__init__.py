"""The pause-detection pipeline that all voice shares: sound in, events out.

It knows nothing of apps, stores and bridges. Its modules need the packages of the extra `voice`.
"""
