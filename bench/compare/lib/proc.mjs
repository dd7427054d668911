/** What the kernel tells of processes: who belongs to whom, CPU time, memory. */
import fs from 'node:fs';

const read = (path) => {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
const list = (path) => {
  try {
    return fs.readdirSync(path);
  } catch {
    return [];
  }
};

/** The processes and all that descend from them. @param {number[]} pids @returns {number[]} */
export function tree(pids) {
  const children = (pid) => list(`/proc/${pid}/task`).flatMap((task) => read(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number));
  return pids.flatMap((pid) => [pid, ...tree(children(pid))]);
}

const CLOCK_TICK_US = 10000;

/** CPU time of one process so far, in microseconds, by the scheduler's clock, and of children that have ended. */
function cpuOf(pid) {
  let ns = 0;
  for (const task of list(`/proc/${pid}/task`)) ns += Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0] || 0);
  const after = read(`/proc/${pid}/stat`).replace(/^.*\) /s, '').split(' ');
  const ended = (Number(after[13] || 0) + Number(after[14] || 0)) * CLOCK_TICK_US;
  return ns / 1000 + ended;
}

/** @param {number[]} pids with their descendants @returns {number} microseconds */
export const cpuUs = (pids) => tree(pids).reduce((sum, pid) => sum + cpuOf(pid), 0);

/** Memory in user space, shared pages counted by their share. @param {number[]} pids with their descendants @returns {number} KiB */
export const pssKib = (pids) => tree(pids).reduce((sum, pid) => sum + Number(/^Pss: +(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0), 0);

/** CPU time that all processes of the machine have had, in microseconds. */
export function machineUs() {
  const [user, nice, system, , , irq, soft] = read('/proc/stat').split('\n')[0].split(/ +/).slice(1).map(Number);
  return (user + nice + system + irq + soft) * CLOCK_TICK_US;
}
