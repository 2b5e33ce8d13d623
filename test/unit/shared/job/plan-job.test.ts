// Protects: what is refused before a job is accepted, in words that name the step and the param; lane and price.
import { expect } from 'chai';
import { AppError } from '#shared/errors.ts';
import { deadlineMsOf, laneOf, parseSteps, priceOf, stepsMax } from '#shared/job/plan-job.ts';

function refusal(steps: Parameters<typeof parseSteps>[0]): AppError {
  try {
    parseSteps(steps);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('it was not refused');
}

const resize = { operation: 'resize-image', params: { width: 10 } };

describe('planning a job', () => {
  it('fills in defaults and takes an operation by its path too', () => {
    expect(parseSteps([{ ...resize, operation: 'image/resize-image' }])).to.deep.equal([
      { operation: 'resize-image', params: { width: 10, fit: 'cover', metadata: 'strip' } },
    ]);
  });

  it('refuses an unknown operation and lists those there are', () => {
    const error = refusal([{ operation: 'paint-fence' }]);
    expect(error.code).to.equal('unknown_operation');
    expect(error.hint).to.contain('convert-to-pdf');
  });

  it('does not take a property of every object for an operation', () => {
    for (const operation of [
      'constructor',
      '__proto__',
      'toString',
      'image/constructor',
      'office/resize-image',
    ])
      expect(refusal([{ operation }]).code, operation).to.equal('unknown_operation');
  });

  it('names the param that is wrong', () => {
    for (const params of [
      { width: '10' },
      { width: 10, colour: 1 },
      { width: 0 },
      { width: 1.5 },
      {},
      [],
      'text',
      null,
    ]) {
      if (params === null) continue;
      const error = refusal([{ operation: 'resize-image', params }]);
      expect(error.code).to.equal('invalid_params');
      expect(error.extra['step']).to.equal(0);
      expect(error.detail, JSON.stringify(params)).to.be.a('string').and.not.equal('');
    }
    expect(refusal([{ operation: 'resize-image', params: { width: 10, colour: 1 } }]).detail).to.contain(
      'colour',
    );
  });

  it('refuses steps that do not fit together', () => {
    const error = refusal([{ operation: 'convert-to-pdf' }, resize]);
    expect(error.code).to.equal('invalid_params');
    expect(error.detail).to.contain('Step 1').and.to.contain('application/pdf');
  });

  it('refuses no steps, too many, and params that do not fit a record', () => {
    expect(refusal([]).code).to.equal('invalid_params');
    expect(refusal(Array.from({ length: stepsMax + 1 }, () => resize)).code).to.equal('invalid_params');
  });

  it('puts a job into the lane of its heaviest step', () => {
    expect(laneOf(parseSteps([resize]))).to.equal('images');
    expect(laneOf(parseSteps([{ operation: 'convert-to-pdf' }]))).to.equal('documents');
  });

  it('prices every step for every input, by size', () => {
    const mebibyte = 1024 ** 2;
    const steps = parseSteps([resize, resize]);
    expect(priceOf(steps, [{ bytes: 1 }])).to.equal(2);
    expect(priceOf(steps, [{ bytes: 1 }, { bytes: 25 * mebibyte }])).to.equal(2 + 6);
    expect(priceOf(parseSteps([{ operation: 'convert-to-pdf' }]), [{ bytes: 10 * mebibyte }])).to.equal(4);
  });

  it('grants each file the run time of the slowest step', () => {
    expect(deadlineMsOf(parseSteps([resize, resize]))).to.equal(60_000);
    expect(deadlineMsOf(parseSteps([{ operation: 'convert-to-pdf' }]))).to.equal(120_000);
  });
});
