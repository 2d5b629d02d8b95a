"""What the web bridge counts. No label holds anything of a visitor's."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.connections = Gauge("trunkline_web_connections", "Browsers connected.", registry=registry)
        self.frames_in = Counter("trunkline_web_frames_received", "Frames taken from browsers.", registry=registry)
        self.frames_out = Counter("trunkline_web_frames_sent", "Frames sent to browsers.", registry=registry)
        self.refused = Counter(
            "trunkline_web_refused", "Frames, uploads and connections refused.", ["code"], registry=registry
        )
        self.uploads = Counter("trunkline_web_uploads", "Files taken from browsers.", registry=registry)
        self.upload_bytes = Counter("trunkline_web_upload_bytes", "Bytes of those files.", registry=registry)
