// Prints the catalogue as JSON; the build writes it to dist/catalogue.json.
import { catalogue } from './documents/catalogue.ts'

process.stdout.write(`${JSON.stringify(await catalogue())}\n`, () => process.exit())
