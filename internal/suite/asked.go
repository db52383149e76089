package suite

import (
	"context"

	"askflow/internal/emulator"
	"askflow/internal/portal"
	"askflow/internal/run"
)

// Asked notes the key of every question that the portal's tests ask of recordings: in every cell and repeat, and of judges. A test that
// asks for answers from elsewhere is looked at, too: with --answers replay it asks the same. An error says why what is asked cannot be
// found out, and that nothing was dropped.
func Asked(ctx context.Context, e *emulator.Emulator, note func(key string)) error {
	lib, err := e.Recordings()
	if err != nil {
		return err
	}
	recorded := lib.Len()
	if err := lib.Close(); err != nil || recorded == 0 {
		return err
	}
	all, err := Load(e)
	if err != nil || len(all) == 0 {
		return err
	}
	opt := &Options{Answers: portal.AnswersReplay}
	plans, _, err := Prepare(ctx, e, opt)
	if err != nil {
		return unknownAsked(err)
	}
	for _, p := range plans {
		for _, c := range p.cells {
			for repeat := range p.repeat {
				if err := c.asked(ctx, p, opt, repeat, note); err != nil {
					return unknownAsked(inTest(p.test, err))
				}
			}
		}
	}
	return nil
}

// unknownAsked says of an error what it means for the recordings.
func unknownAsked(err error) error {
	known := *emulator.AsError(err)
	known.Message += "; what it asks cannot be found out, so nothing was dropped"
	return &known
}

// asked runs a cell once on recorded answers, for what it asks.
func (c *cell) asked(ctx context.Context, p *Plan, opt *Options, repeat int, note func(string)) error {
	r := &runner{ctx: ctx, e: p.e, opt: opt}
	if r.refused(c) != nil {
		return nil
	}
	w := &watchers{r: r, p: p, c: c, cover: &cover{}}
	defer w.close()
	req := c.request
	req.Repeat, req.Faults, req.MaxCost = repeat, "", ""
	s, err := c.e.Trial(ctx, emulator.Trial{Request: req, Only: w.only, Asked: func(key string, _ bool) { note(key) }, Started: w.started,
		Rows: func(ctx context.Context, rows []run.Row) error {
			_, err := w.score(ctx, rows)
			return err
		}})
	if err == nil && s.Err != nil {
		err = s.Err
	}
	return err
}
