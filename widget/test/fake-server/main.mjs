/** `npm run fake-server`: the fake server with a page for each placement, at http://127.0.0.1:8090/. */
import { FakeServer } from "./server.mjs";

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>A page with a chat</title>
<style>body { margin: 0; font: 17px/1.6 Georgia, serif; color-scheme: light dark } main { max-width: 40em; margin: 3em auto; padding: 0 1em }</style>
<main><h1>A page with a chat</h1><p>The bubble in the corner opens it.</p></main>
<script>
  const asked = new URLSearchParams(location.search);
  const placement = asked.get("placement") ?? "bubble";
  document.write('<script src="widget.js" data-placement="' + placement + '"' + (asked.has("theme") ? ' data-theme="' + asked.get("theme") + '"' : "") + '><\\/script>');
</script>`;
const server = new FakeServer({ pause: Number(process.env["PAUSE"] ?? 30), page });
console.log(await server.listen(Number(process.env["PORT"] ?? 8090)));
