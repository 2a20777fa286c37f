// Builds everything the browser fetches, from core/static into core/static/build.
//
//   app.css, app.rtl.css   Tabler (left to right, or mirrored), our fonts and our sheet, in one file
//   <name>.js              one for each core/static/js/*.js
//   icons.svg              the icons of icons.txt and the coats of arms of arms.svg, as symbols
//   mesh.svg, favicon.svg  copied
//   *.woff2                the subsets of the fonts that our eight languages need
//   manifest.json          the name of each file -> its name with the hash of its content
//
// The same sources give the same bytes, so every file may be cached for ever.

import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.join(here, "build");
const packageFile = (name) => path.join(here, "..", "..", "node_modules", name);

const manifest = {};
const written = new Set(["manifest.json"]);

/** Writes one file under a name that carries its content's hash, and enters it in the manifest. */
async function emit(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const { name: stem, ext } = path.parse(name);
  const hashed = `${stem}.${hash}${ext}`;
  await writeFile(path.join(target, hashed), content);
  manifest[name] = hashed;
  written.add(hashed);
  return hashed;
}

/** The @font-face rules, for the subsets and weights in use only. */
async function fonts() {
  const families = [
    {
      family: "IBM Plex Sans Variable",
      package: "@fontsource-variable/ibm-plex-sans",
      subsets: ["latin", "latin-ext", "cyrillic", "cyrillic-ext"],
      weights: [["100 700", "wght"]],
      stem: "ibm-plex-sans",
    },
    {
      family: "IBM Plex Sans Arabic",
      package: "@fontsource/ibm-plex-sans-arabic",
      subsets: ["arabic"],
      weights: [["400", "400"], ["500", "500"], ["600", "600"]],
      stem: "ibm-plex-sans-arabic",
    },
  ];
  const rules = [];
  for (const font of families) {
    const ranges = JSON.parse(await readFile(packageFile(`${font.package}/unicode.json`), "utf8"));
    for (const subset of font.subsets) {
      for (const [weight, part] of font.weights) {
        const file = `${font.stem}-${subset}-${part}-normal.woff2`;
        const content = await readFile(packageFile(`${font.package}/files/${file}`));
        const hashed = await emit(file.replace("-normal", ""), content);
        rules.push(
          `@font-face{font-family:"${font.family}";font-style:normal;font-display:swap;` +
            `font-weight:${weight};src:url(${hashed}) format("woff2");unicode-range:${ranges[subset]}}`,
        );
      }
    }
  }
  return rules.join("\n");
}

/**
 * Takes out every declaration that draws a data: image. The content policy is 'self', so each
 * would be a blocked request. Native boxes with an accent colour, icons of the sprite and a select
 * arrow made of gradients stand in their place.
 */
function withoutDataImages(css) {
  return css.replace(/[-\w]+\s*:\s*url\((["'])data:(?:(?!\1).)*\1\)[^;}]*;?/g, "");
}

/**
 * What of Tabler is not used here: parts that need a script, draw data: images, shout, or belong
 * to other kinds of sites, and the breaks that are not ours (48rem is md, 62rem is lg).
 */
const LEFT_OUT = new RegExp(
  "^(" +
    "accordion|alert|apexcharts|aspect|avatar|badge|bg-(gradient|pattern|\\w+-lt)|blockquote|breadcrumb|" +
    "bs-|btn-(actions|animate|check|close|ghost|group|loading|outline|[a-z]+-lt|app|bitbucket|dribbble|" +
    "facebook|flickr|github|google|instagram|pinterest|rss|tabler|tumblr|twitter|vimeo|vk|x|youtube)|" +
    "card|carousel|chart|chat|clr|collapse|col-(sm|xl|xxl)|colorinput|datagrid|datepicker|divide|dot|" +
    "dropdown|dropzone|embed|flatpickr|flag|form-(check|colorinput|colorpicker|fieldset|floating|" +
    "imagecheck|range|selectgroup|switch)|fslightbox|gradient|hr-text|icon-(link|pulse|rotate|tada)|io-|" +
    "input-(group|icon)|is-(in)?valid|jsvectormap|jvm|kanban|legend|list-group|litepicker|loader|" +
    "markdown|modal|nav|navbar|nouislider|noUi|offcanvas|page-item|page-link|page-wrapper|pagination|" +
    "payment|placeholder|plyr|popover|progress|ratio|ribbon|row-cols|segmented|signature|skeleton|" +
    "social|spinner|stars|status|steps|sticky|subheader|switch-icon|table|text-bg|theme|timeline|toast|" +
    "toc|tooltip|tox|tracking|ts-|typed|turbo|vr|was-validated)(-|$|[A-Z_])|-(sm|xl|xxl)(-|$)",
);

const usesOnlyWhatStays = (selector) =>
  !/data-vc/.test(selector) &&
  ![...selector.replace(/:not\([^)]*\)/g, "").matchAll(/\.([A-Za-z][\w-]*)/g)].some(([, name]) => LEFT_OUT.test(name));

/** A sheet without the rules whose every selector names a part that is left out. */
function trimmed(css) {
  let out = "";
  for (let at = 0; at < css.length; ) {
    const open = css.indexOf("{", at);
    if (open < 0) return out + css.slice(at);
    let end = open + 1;
    for (let depth = 1; depth > 0; end += 1) depth += css[end] === "{" ? 1 : css[end] === "}" ? -1 : 0;
    const prelude = css.slice(at, open);
    const body = css.slice(open + 1, end - 1);
    at = end;
    if (/@(media|supports|layer)/.test(prelude)) {
      const inside = trimmed(body);
      if (inside.trim()) out += `${prelude}{${inside}}`;
    } else if (prelude.includes("@")) {
      out += `${prelude}{${body}}`;
    } else {
      const selectors = prelude.split(/,(?![^(]*\))/).filter(usesOnlyWhatStays);
      if (selectors.length) out += `${selectors.join(",")}{${body}}`;
    }
  }
  return out;
}

async function sheet(name, tabler, faces) {
  const ours = (await readdir(path.join(here, "css"))).filter((f) => f.endsWith(".css")).sort();
  const sources = await Promise.all(ours.map((f) => readFile(path.join(here, "css", f), "utf8")));
  const base = await readFile(packageFile(`@tabler/core/dist/css/${tabler}`), "utf8");
  const css = [trimmed(withoutDataImages(base)), faces, ...sources].join("\n").replaceAll(/@charset[^;]*;/g, "");
  const { code } = await esbuild.transform(css, { loader: "css", minify: true, legalComments: "none" });
  if (/url\(\s*["']?data:/.test(code)) throw new Error(`${name} still draws a data: image`);
  if (/url\(\s*["']?(https?:)?\/\//.test(code)) throw new Error(`${name} fetches from another host`);
  await emit(name, code);
}

async function scripts() {
  const entries = (await readdir(path.join(here, "js"))).filter((f) => f.endsWith(".js")).sort();
  for (const entry of entries) {
    const result = await esbuild.build({
      entryPoints: [path.join(here, "js", entry)],
      absWorkingDir: here,
      bundle: true,
      format: "iife",
      minify: true,
      legalComments: "none",
      target: "es2022",
      // htmx keeps addresses and pages in the browser's storage and does without when there is
      // none: addresses of records must not stay on a shared device.
      define: { sessionStorage: "undefined", localStorage: "undefined" },
      write: false,
    });
    await emit(entry, result.outputFiles[0].contents);
  }
}

async function sprite() {
  const names = (await readFile(path.join(here, "icons.txt"), "utf8"))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"));
  const symbols = [];
  for (const name of [...new Set(names)].sort()) {
    const file = packageFile(`@tabler/icons/icons/outline/${name}.svg`);
    const svg = await readFile(file, "utf8").catch(() => {
      throw new Error(`icons.txt asks for "${name}", which Tabler does not have`);
    });
    const drawing = svg
      .replace(/^[\s\S]*?<svg[^>]*>/, "")
      .replace(/<\/svg>\s*$/, "")
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
      .replace(/\s+/g, " ")
      .replace(/> </g, "><")
      .trim();
    symbols.push(`<symbol id="${name}" viewBox="0 0 24 24">${drawing}</symbol>`);
  }
  const arms = (await readFile(path.join(here, "arms.svg"), "utf8")).match(/<symbol[\s\S]*?<\/symbol>/g);
  await emit(
    "icons.svg",
    `<svg xmlns="http://www.w3.org/2000/svg">\n${[...symbols, ...arms].join("\n")}\n</svg>\n`,
  );
}

async function copies() {
  for (const name of ["mesh.svg", "favicon.svg"]) await emit(name, await readFile(path.join(here, name)));
}

await mkdir(target, { recursive: true });
const faces = await fonts();
await Promise.all([
  sheet("app.css", "tabler.min.css", faces),
  sheet("app.rtl.css", "tabler.rtl.min.css", faces),
  scripts(),
  sprite(),
  copies(),
]);

// The manifest changes last and at once, so that a running server never names a missing file.
const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(path.join(target, "manifest.json.new"), `${JSON.stringify(sorted, null, 2)}\n`);
await rename(path.join(target, "manifest.json.new"), path.join(target, "manifest.json"));
for (const file of await readdir(target)) if (!written.has(file)) await rm(path.join(target, file));
