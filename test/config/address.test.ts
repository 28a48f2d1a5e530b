import { describe, expect, it } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import { parseHostAddress } from '../../src/config/address.ts';

describe('the address of a host', () => {
  it.each([
    'https://xcloudfile.com',
    'https://xcloudfile.com/',
    'xcloudfile.com',
    'XCloudFile.com',
    ' xcloudfile.com ',
    'https://xcloudfile.com:443',
    'https://xcloudfile.com/api/v2',
    'https://xcloudfile.com/api/v2/',
    'xcloudfile.com//api//v2//',
  ])('%j is the same base address', (text) => {
    expect(parseHostAddress(text)).toEqual({
      base: 'https://xcloudfile.com/api/v2/',
      identity: 'xcloudfile.com',
      insecure: false,
    });
  });

  it('S319: keeps a `www.` in the base address, where it may matter, and not in the identity', () => {
    expect(parseHostAddress('https://www.xcloudfile.com/')).toMatchObject({
      base: 'https://www.xcloudfile.com/api/v2/',
      identity: 'xcloudfile.com',
    });
    expect(parseHostAddress('www.com').identity).toBe('www.com');
    expect(parseHostAddress('xcloudfile.com.').identity).toBe('xcloudfile.com');
  });

  it('may sit under a sub-path, whose case matters', () => {
    expect(parseHostAddress('files.example.org/Share/api/v2')).toMatchObject({
      base: 'https://files.example.org/Share/api/v2/',
      identity: 'files.example.org/Share',
    });
  });

  it('may name a port, which is part of the identity', () => {
    expect(parseHostAddress('https://files.example.org:8443')).toMatchObject({
      base: 'https://files.example.org:8443/api/v2/',
      identity: 'files.example.org:8443',
    });
    expect(parseHostAddress('localhost:8080').base).toBe('https://localhost:8080/api/v2/');
  });

  it.each([
    ['http://files.example.org', true],
    ['http://127.0.0.1.example.org', true],
    ['http://192.168.1.2', true],
    ['http://localhost:8080', false],
    ['http://demo.localhost', false],
    ['http://127.3.2.1', false],
    ['http://[::1]:8080', false],
    ['https://files.example.org', false],
  ])('%s is insecure: %s', (text, insecure) => {
    expect(parseHostAddress(text).insecure).toBe(insecure);
  });

  it.each([
    ['', /^must be the address of a host/],
    ['https://', /^must be the address of a host/],
    ['ftp://files.example.org', /^must be the address of a host/],
    ['a b', /^must be the address of a host/],
    [undefined, /^must be the address of a host/],
    ['https://me:secret@files.example.org', /^must not hold a name or password/],
    ['https://files.example.org/?page=1', /^must not hold "\?"/],
    ['https://files.example.org/#files', /^must not hold "\?"/],
  ])('%j is refused', (text, message) => {
    const detail = detailOf(() => parseHostAddress(text));
    expect(detail).toMatch(message);
    expect(detail).not.toContain('secret');
  });
});

function detailOf(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return error instanceof SyncError ? error.detail : String(error);
  }
}
