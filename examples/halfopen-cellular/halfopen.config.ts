import { defineConfig } from 'halfopen'
import cellular from './index.js'

export default defineConfig({ plugins: [cellular], jobs: 10 })
