import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { accentOn, contrast } from './colours.ts';
import { grounds } from './style-sheet.ts';

const colour = fc
  .integer({ min: 0, max: 0xffffff })
  .map((value) => `#${value.toString(16).padStart(6, '0')}`);

test('contrast is that of the WCAG', () => {
  assert.equal(contrast('#000000', '#ffffff'), 21);
  assert.equal(contrast('#ffffff', '#FFFFFF'), 1);
  assert.equal(contrast('#767676', '#ffffff').toFixed(2), '4.54');
});

test('whatever the colour of the brand, text on buttons and links can be read in light and in dark', () => {
  fc.assert(
    fc.property(colour, fc.constantFrom(grounds.light, grounds.dark), (brand, ground) => {
      const { fill, onFill, fillHover, ink } = accentOn(brand, ground);
      assert.equal(fill, brand);
      assert.ok(contrast(fill, onFill) >= 4.5, `${onFill} on ${fill}`);
      assert.ok(contrast(fillHover, onFill) >= 4.5, `${onFill} on ${fillHover}`);
      assert.ok(contrast(ink, ground) >= 4.5, `${ink} on ${ground}`);
    }),
  );
});

test('a colour that can be read stays as it is', () => {
  assert.equal(accentOn('#0a7b55', '#ffffff').ink, '#0a7b55');
  assert.equal(accentOn('#ffd400', '#0e1014').ink, '#ffd400');
});
