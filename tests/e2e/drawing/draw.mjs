// Draws Mermaid text with the real Mermaid in headless Chromium, as a page of GitHub's does: strict, in a light and in a dark theme.
//
//   node draw.mjs FOLDER MERMAID [PICTURES] <items.json
//
// FOLDER has the node_modules, MERMAID is the package's name there. stdin is JSON, [{name, text}]; stdout is JSON by `NAME THEME`: what
// was drawn (texts of nodes, boxes and edges) or `error`, and what must not be: `odd` elements and `talk` (requests, dialogs).
// Where PICTURES is given, a PNG of each is left there, $SCALE (1) dots for a pixel.
import { createRequire } from "node:module";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [folder, mermaid, pictures] = process.argv.slice(2);
const { chromium } = createRequire(join(folder, "package.json"))("playwright-core");
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const THEMES = { light: { page: "#ffffff", theme: "default" }, dark: { page: "#0d1117", theme: "dark" } };
const OURS = /^(data|about|blob):/;

async function read(stream) {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return JSON.parse(text);
}

// Runs in the page.
async function drawIn({ text }) {
  const place = document.getElementById("place");
  place.innerHTML = "";
  try {
    const type = (await mermaid.parse(text)).diagramType;
    place.innerHTML = (await mermaid.render("drawn", text)).svg;
    const words = (query) => [...place.querySelectorAll(query)].map((one) => (one.innerText ?? one.textContent).trim());
    return {
      type,
      nodes: words(".node .label"),
      boxes: words(".cluster-label"),
      edges: words(".edgeLabel .label").filter(Boolean),
      lines: place.querySelectorAll("path.flowchart-link").length,
      odd: [...place.querySelectorAll("script, a, img, iframe, form, [onclick], [onerror], .error-icon")].map((one) => one.outerHTML),
    };
  } catch (error) {
    return { error: String(error?.message ?? error) };
  }
}

const items = await read(process.stdin);
const profile = await mkdtemp(join(tmpdir(), "flowship-chromium-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS, headless: true, offline: true,
  viewport: { width: 840, height: 700 }, deviceScaleFactor: Number(process.env.SCALE ?? 1),
});
const drawn = {};
try {
  for (const [name, { page: colour, theme }] of Object.entries(THEMES)) {
    const page = await browser.newPage();
    const talk = [];
    page.on("dialog", (dialog) => { talk.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    page.on("request", (request) => { if (!OURS.test(request.url())) talk.push(`request: ${request.url()}`); });
    await page.setContent(`<!doctype html><style>body{margin:16px;background:${colour}}#place{width:800px}</style><div id="place"></div>`);
    await page.addScriptTag({ path: join(folder, "node_modules", mermaid, "dist", "mermaid.min.js") });
    await page.evaluate((theme) => mermaid.initialize({ startOnLoad: false, theme, securityLevel: "strict" }), theme);
    for (const item of items) {
      const found = await page.evaluate(drawIn, item);
      if (pictures && found.nodes?.length) await page.locator("#place").screenshot({ path: join(pictures, `${item.name}-${name}.png`) });
      drawn[`${item.name} ${name}`] = { ...found, talk: talk.splice(0) };
    }
  }
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}
console.log(JSON.stringify(drawn));
