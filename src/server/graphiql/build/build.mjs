// Bundles GraphiQL into the files that the server embeds. See ../README.md.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const { metafile } = await build({
  entryPoints: { graphiql: 'main.jsx' },
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.USE_IMPORT': '"true"' },
  outdir: '..',
  metafile: true,
});

const packages = new Set(
  Object.keys(metafile.inputs)
    .map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[0])
    .filter(Boolean),
);
const notices = [...packages].sort().map((folder) => {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}package.json`));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name} ${version} (${license})\n\n${file ? readFileSync(folder + file, 'utf8').trim() : 'No text of its own.'}\n`;
});
writeFileSync('../LICENSES.txt', notices.join(`\n${'-'.repeat(80)}\n\n`));

const hash = (file) => createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12);
writeFileSync(
  '../index.html',
  `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>AMDA - GraphiQL</title>
    <link rel="icon" href="data:,">
    <link rel="license" href="graphiql/LICENSES.txt">
    <link rel="stylesheet" href="graphiql/graphiql.css?v=${hash('../graphiql.css')}">
  </head>
  <body>
    <div id="graphiql">Loading GraphiQL...</div>
    <script src="graphiql/graphiql.js?v=${hash('../graphiql.js')}"></script>
  </body>
</html>
`,
);
