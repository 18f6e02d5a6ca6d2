import type { Dataset } from '../datasets/dataset.ts'
import type { Model } from '../models/model.ts'
import type { EngineReport, Workspace } from './engine.ts'
import { createTfjsWorkspace, type TensorEngine } from './tfjs-engine.ts'

/** What a workspace is made for. */
export interface WorkspaceSubject {
  readonly model: Model
  readonly dataset: Dataset
  /** Gives the arrays (of that length) for the vectors of a result, in their order; fresh ones by default. */
  readonly allocate?: (length: number) => Float32Array
}

/** An engine that makes its workspaces itself; they carry the report that is passed in. */
export interface WorkspaceEngine {
  readonly report: EngineReport
  createWorkspace(subject: WorkspaceSubject, report: EngineReport): Promise<Workspace>
}

/** What a candidate opens: TensorFlow.js on a chosen backend, or an engine with workspaces of its own. */
export type Engine = TensorEngine | WorkspaceEngine

/** A workspace of an engine, whichever kind it is. */
export function openWorkspace(engine: Engine, subject: WorkspaceSubject): Promise<Workspace> {
  return 'tf' in engine ? createTfjsWorkspace(engine, subject) : engine.createWorkspace(subject, engine.report)
}
