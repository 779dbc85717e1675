import { type SpawnOptions, spawn } from 'node:child_process';

export interface Ran {
  /** The exit status; null when the program could not be executed at all. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, in a session of its own so that Ctrl-C at the terminal is ours to act on. Never rejects. */
export function run(file: string, args: readonly string[], options: SpawnOptions = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', () => resolve({ code: null, stdout, stderr }));
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** What a program that failed complained of: its last line that names an error, or its last one at all. */
export function complaint(said: string): string {
  const lines = said.trim().split('\n');
  return lines.findLast((line) => /error|fatal|exception/i.test(line)) ?? lines.at(-1) ?? '';
}
