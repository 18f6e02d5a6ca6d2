import type { Dataset } from '../datasets/dataset.ts'
import type { Model } from '../models/model.ts'
import type { EngineReport, Workspace } from './engine.ts'
import { createTfjsWorkspace, type TensorEngine } from './tfjs-engine.ts'

/** The model and data set of a workspace. */
export interface WorkspaceSubject {
  readonly model: Model
  readonly dataset: Dataset
  /** Returns the array (of this length) for each vector of a result, in order. Default: a fresh one. */
  readonly allocate?: (length: number) => Float32Array
}

/** An engine that creates its workspaces itself; a workspace has the report that it is given. */
export interface WorkspaceEngine {
  readonly report: EngineReport
  createWorkspace(subject: WorkspaceSubject, report: EngineReport): Promise<Workspace>
}

/** An opened engine: TensorFlow.js on a chosen backend, or an engine with workspaces of its own. */
export type Engine = TensorEngine | WorkspaceEngine

/** Creates a workspace of an engine of either kind. */
export function openWorkspace(engine: Engine, subject: WorkspaceSubject): Promise<Workspace> {
  return 'tf' in engine ? createTfjsWorkspace(engine, subject) : engine.createWorkspace(subject, engine.report)
}
