package suite

import (
	"context"

	"askflow/internal/emulator"
	"askflow/internal/prompttest"
	"askflow/internal/run"
)

// RecordKey names a record in a run.
type RecordKey struct{ ObjectType, ID string }

// Verdicts are the records of a stored run that fail the portal's tests of its workflow, as the tests are now, with what they fail.
// tested is false when the portal has no test of the workflow that can be held against it.
func Verdicts(ctx context.Context, e *emulator.Emulator, id string) (failed map[RecordKey][]prompttest.Failure, tested bool, err error) {
	all, err := Load(e)
	if err != nil {
		return nil, false, err
	}
	failed = map[RecordKey][]prompttest.Failure{}
	tests, err := ofRun(ctx, e, all, id)
	if err != nil {
		if emulator.AsError(err).Code == codeOtherWorkflow {
			err = nil
		}
		return nil, false, err
	}
	for _, t := range tests {
		p := &Plan{e: e, test: t}
		problems, err := p.prepare(ctx, &Options{})
		if ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		if err != nil || problems.HasErrors() { // emulator test says what is wrong with it
			continue
		}
		err = eachStored(ctx, e, p, id, func(_ *run.Run, c *prompttest.CaseResult) {
			if !c.Passed {
				k := RecordKey{c.Record.ObjectType, c.Record.ID}
				failed[k] = append(failed[k], c.Failures...)
			}
		})
		switch {
		case ctx.Err() != nil:
			return nil, false, ctx.Err()
		case err == nil:
			tested = true
		}
	}
	return failed, tested, nil
}
