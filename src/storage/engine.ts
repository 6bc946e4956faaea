import type { CompileStatement, Query } from './statement.ts';

/** One statement of a write. A step that fails undoes the write, and its outcome is the write's outcome. */
export interface Step<Outcome> {
  readonly run: Query<unknown>;
  /**
   * Fails with this outcome unless exactly one row was changed or returned. Such a statement names its row by a unique key, so
   * one that fails has changed nothing. Absent: any number will do.
   */
  readonly otherwise?: Outcome;
  /** Fails with this outcome when a unique constraint forbids the change. Absent: that is an error. */
  readonly duplicate?: Outcome;
  /** Fails with this outcome when the row that the change refers to does not exist, or another refers to one that goes. Absent: that is an error. */
  readonly orphan?: Outcome;
}

/**
 * A write as a value: steps that happen together or not at all, in this order, without anything between them.
 *
 * It holds no code that looks at rows: all that a write depends on stands in the conditions of its statements. A step
 * that guards a row (`UPDATE clients SET revision = revision WHERE id = ? AND revision = ?`) comes first, since it
 * also locks the row where an engine runs writes side by side.
 */
export interface Write<Outcome> {
  readonly steps: readonly Step<Outcome>[];
  /** The outcome when every step has succeeded; may be made of the number of rows that each has changed. */
  readonly done: Outcome | ((rows: readonly number[]) => Outcome);
}

/** Hears how many calls each batch has joined. */
export interface BatchListener {
  readonly reads: (calls: number) => void;
  readonly writes: (calls: number) => void;
}

/** The connections to a database server that are for one use. */
export interface ConnectionCounts {
  readonly inUse: number;
  readonly idle: number;
  /** How many wait for one. */
  readonly waiting: number;
}

/** The port that the stores in `sql/` are written against. A driver implements it. */
export interface Engine {
  /** Compiles a statement for this engine; called while the server starts. */
  readonly statement: CompileStatement;
  /** Runs a short read over everything that was written before it was called. */
  readonly read: <Row>(query: Query<Row>) => Promise<readonly Row[]>;
  /** The same for a read that may be long: it does not hold up the others. */
  readonly scan: <Row>(query: Query<Row>) => Promise<readonly Row[]>;
  /**
   * Runs a write; durable when the promise resolves.
   *
   * @throws Error when a statement fails in a way that has no outcome; nothing of it was written
   * @throws UnavailableError when the disk fails, or the way to it; nothing of it was written, or nobody can tell
   */
  readonly write: <Outcome extends string | number>(write: Write<Outcome>) => Promise<Outcome>;
  /**
   * Finds out whether writes would be durable now, and answered; it takes as long as the engine does.
   * @throws Error when they would not
   */
  readonly check: () => Promise<void>;
  /** Of a batch of reads, which the stores make. Absent: nobody listens. */
  readonly noteReads?: BatchListener['reads'] | undefined;
  /** By use. Absent: the engine has no server. */
  readonly connections?: () => Readonly<Record<string, ConnectionCounts>>;
  /** Ends what was submitted, then the engine; what is submitted later is refused. */
  readonly close: () => Promise<void>;
}
