// Builds ui/static from ui/js: the bundle, which holds no code but ours, and the boot. `--verify` compares with what is committed instead of writing.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const statics = join(here, "..", "static");
const LIMITS = { "mlops_widgets.js": [180_000, 60_000], "boot.js": [600, 600] };

const cssAsText = {
  name: "css-as-text",
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await transform(source, { loader: "css", minify: true, target: "chrome100" });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

async function bundle() {
  const result = await build({
    entryPoints: [join(here, "index.js")],
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    charset: "ascii",
    legalComments: "none",
    write: false,
    plugins: [cssAsText],
    absWorkingDir: here,
  });
  return result.outputFiles[0].text;
}

async function boot() {
  const source = await readFile(join(here, "boot.js"), "utf8");
  return (await transform(source, { minify: true, target: "es2022", charset: "ascii" })).code.trim();
}

async function compare(path, text) {
  if ((await readFile(path, "utf8")) !== text)
    throw new Error(`${path} isn't what the sources build. Run: npm run build`);
}

const built = { "mlops_widgets.js": await bundle(), "boot.js": await boot() };
for (const [name, text] of Object.entries(built)) {
  const zipped = gzipSync(text, { level: 9 }).length;
  const [most, mostZipped] = LIMITS[name];
  console.log(`${name}: ${text.length} bytes, ${zipped} gzipped`);
  if (text.length > most || zipped > mostZipped)
    throw new Error(`${name} is over its limit of ${most} / ${mostZipped} bytes`);
  const path = join(statics, name);
  if (process.argv.includes("--verify")) await compare(path, text);
  else {
    await mkdir(statics, { recursive: true });
    await writeFile(path, text);
  }
}
