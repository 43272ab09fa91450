export { redactor } from '../../../evidence/redact.ts'
