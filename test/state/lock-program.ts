/** Takes the lock at the given path, says so, and stays until it is killed. */
import { createServer } from 'node:net';
import { realDisk } from '../../src/system/disk.ts';
import { takeLock } from '../../src/state/lock.ts';

await takeLock(process.argv[2]!, { pid: process.pid, command: 'yetisync --once' }, realDisk);
console.log(process.pid);
createServer().listen(0);
