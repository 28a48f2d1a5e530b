import { expect, it } from 'vitest';
import { createHasher } from '../../src/system/hasher.ts';

it('hashes a content the same whole or in parts, in lower-case hex', () => {
  const hasher = createHasher();
  hasher.update(Buffer.from('a'));
  hasher.update(Buffer.from('bc'));
  expect(hasher.digest()).toBe('900150983cd24fb0d6963f7d28e17f72');
  expect(createHasher().digest()).toBe('d41d8cd98f00b204e9800998ecf8427e');
});
