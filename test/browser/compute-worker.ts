import './dynamic-import.ts'
import '#browser/compute/worker.ts'
