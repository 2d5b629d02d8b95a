"""A visitor's connection to the service, to be pulled out and put back in."""

from __future__ import annotations

from playwright.async_api import BrowserContext, WebSocketRoute

TRY_AGAIN = 1013


class Cable:
    """Every WebSocket of a browser context runs through it; it must be laid before a page is opened."""

    def __init__(self) -> None:
        self._plugged_in = True
        self._sockets: list[WebSocketRoute] = []

    async def lay(self, visitor: BrowserContext) -> None:
        await visitor.route_web_socket("**/ws", self._connect)

    async def pull(self) -> None:
        """Break what is open, and whatever is opened from now on."""
        self._plugged_in = False
        for socket in self._sockets:
            await socket.close(code=TRY_AGAIN)
        self._sockets.clear()

    def put_back(self) -> None:
        self._plugged_in = True

    async def _connect(self, socket: WebSocketRoute) -> None:
        if not self._plugged_in:
            await socket.close(code=TRY_AGAIN)
            return
        socket.connect_to_server()
        self._sockets.append(socket)
