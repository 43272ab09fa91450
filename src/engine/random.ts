export { seededRandom } from '../clock/random.ts'
