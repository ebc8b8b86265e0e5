import { connect, type Socket } from "node:net";

/** What came back on a connection, and whether the server closed it. */
export interface RawAnswer {
  text: string;
  statuses: number[];
  isClosed: boolean;
}

const QUIET_MS = 400;

/** A connection that sends exactly these bytes, which no HTTP library would. */
export const sendRaw = (port: number, bytes: string | Buffer, { quietMs = QUIET_MS } = {}): Promise<RawAnswer> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    const finish = (isClosed: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
      resolve({ text, statuses, isClosed });
    };
    let timer = setTimeout(() => finish(false), quietMs);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      clearTimeout(timer);
      timer = setTimeout(() => finish(false), quietMs);
    });
    socket.on("close", () => finish(true));
    socket.on("error", () => finish(true));
  });

/** A connection that says something and stays; `isOpen` tells whether the server still holds it. */
export const holdOpen = (port: number, bytes: string): { socket: Socket; isOpen(): boolean } => {
  let open = true;
  const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
  socket.on("data", () => {});
  socket.on("close", () => (open = false));
  socket.on("error", () => (open = false));
  return { socket, isOpen: () => open };
};
