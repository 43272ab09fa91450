// Holds deploy/kubernetes/*.yaml against the OpenAPI schema of Kubernetes, as the package kubernetes-models has it:
//   npm install --prefix DIR kubernetes-models@5.1.0 yaml && node test/deploy/check-kubernetes.mjs DIR
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , modules = process.cwd()] = process.argv
const require = createRequire(`${modules}/`)
const load = async path => import(pathToFileURL(join(modules, 'node_modules', path)).href)
const { parseAllDocuments } = require('yaml')
const KINDS = {
  Job: ['kubernetes-models/batch/v1/Job.js', 'Job'],
  PersistentVolumeClaim: ['kubernetes-models/v1/PersistentVolumeClaim.js', 'PersistentVolumeClaim'],
}
const here = new URL('../../deploy/kubernetes/', import.meta.url)

/** Throws where the schema does not allow it. */
async function validated(object) {
  const [path, name] = KINDS[object.kind]
  ;new (await load(path))[name](object).validate()
}

let count = 0
for (const file of readdirSync(here)) {
  for (const document of parseAllDocuments(readFileSync(new URL(file, here), 'utf8'))) {
    const object = document.toJS()
    await validated(object)
    count++
    if (object.kind !== 'Job') continue
    // The check itself: it must see what is wrong.
    for (const wrong of [{ completionMode: 7 }, { completions: 'four' }, { template: undefined }]) {
      try {
        await validated({ ...object, spec: { ...object.spec, ...wrong } })
      } catch {
        continue
      }
      throw new Error(`the schema allows ${JSON.stringify(wrong)}`)
    }
  }
}
console.log(`${count} objects of Kubernetes are valid`)
