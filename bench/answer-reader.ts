/** What a server answered. */
export interface Answer {
  readonly status: number;
  /** The status line and the headers. */
  readonly head: string;
  readonly body: Buffer;
}

const endOfHead = '\r\n\r\n';
const contentLength = /\r\ncontent-length: *(\d+)/i;
/** Where the status stands in `HTTP/1.1 200 OK`. */
const statusAt = 9;

/**
 * Makes a reader of the answers on one connection, which takes octets as they come. It knows as much of HTTP/1.1 as
 * answers with a `content-length` need, so that what is measured is the server and not its client.
 *
 * Throws when an answer has no length.
 */
export function createAnswerReader(onAnswer: (answer: Answer) => void): (octets: Buffer) => void {
  let rest: Buffer | undefined;

  return (octets) => {
    const read = rest === undefined ? octets : Buffer.concat([rest, octets]);
    const headEnd = read.indexOf(endOfHead);
    if (headEnd < 0) {
      rest = read;
      return;
    }
    const head = read.toString('latin1', 0, headEnd);
    const length = contentLength.exec(head)?.[1];
    if (length === undefined) throw new Error(`an answer has no length:\n${head}`);
    const bodyStart = headEnd + endOfHead.length;
    const bodyEnd = bodyStart + Number(length);
    if (read.length < bodyEnd) {
      rest = read;
      return;
    }
    // One request is out at a time, so nothing follows an answer.
    rest = undefined;
    onAnswer({
      status: Number(head.slice(statusAt, statusAt + 3)),
      head,
      body: read.subarray(bodyStart, bodyEnd),
    });
  };
}
