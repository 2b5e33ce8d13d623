// Writes docs/openapi.json from the API's schemas. Run it after changing them: a test compares the two.
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { createOpenApi } from '#api/openapi/create-openapi.ts';

const file = fileURLToPath(new URL('../docs/openapi.json', import.meta.url));
const style = await resolveConfig(file);
fs.writeFileSync(file, await format(JSON.stringify(createOpenApi()), { ...style, filepath: file }));
console.log(`wrote ${file}`);
