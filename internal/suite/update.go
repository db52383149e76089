package suite

import (
	"context"
	"slices"

	"askflow/internal/emulator"
	"askflow/internal/prompttest"
	"askflow/internal/source"
)

// Update is a test file with what came out as what it expects.
type Update struct {
	File          string // relative to the portal folder
	Before, After []byte // the same when nothing could be accepted
	Accepted      []prompttest.Accepted
	Refused       []prompttest.Refused
}

// Updates runs the tests and works out what their files would be if they expected what came out. Nothing is written.
func Updates(ctx context.Context, e *emulator.Emulator, opt Options) (*prompttest.Report, []Update, error) {
	plans, warnings, err := Prepare(ctx, e, &opt)
	if err != nil {
		return nil, nil, err
	}
	accepting := map[string]*prompttest.Acceptance{}
	own := map[string]func(*prompttest.CaseResult) *prompttest.CaseResult{}
	for _, p := range plans {
		if len(p.cells) > 1 || p.repeat > 1 {
			return nil, nil, usage("usage", "run one cell: the first is the workflow as it is, when the file has no matrix",
				"the test %s has a matrix or repeats, and a file expects one answer for a case, so that nothing can be accepted", p.Name())
		}
		accepting[p.Name()] = prompttest.NewAcceptance(p.test.Test)
		if opt.Filter != "" {
			own[p.Name()] = ownOf(p.test.Test)
		}
	}
	opt.seen = func(k Key, c *prompttest.CaseResult, _ string) {
		if own := own[k.Test]; own != nil {
			c = own(c)
		}
		accepting[k.Test].Add(c)
	}
	report, err := runPlans(ctx, e, plans, warnings, &opt)
	if err != nil {
		return report, nil, err
	}
	var out []Update
	for _, p := range plans {
		u := Update{File: p.test.File, Before: p.test.Source}
		if u.After, u.Accepted, u.Refused = accepting[p.Name()].Apply(u.Before); len(u.Accepted)+len(u.Refused) > 0 {
			out = append(out, u)
		}
	}
	return report, out, nil
}

// ownOf drops from results what `each` expects. With a filter only some records are looked at, and what came of them is not to be
// expected of all.
func ownOf(t *prompttest.Test) func(*prompttest.CaseResult) *prompttest.CaseResult {
	each := map[*source.Node]bool{}
	var note func(*source.Node)
	note = func(n *source.Node) {
		each[n] = true
		for i := range n.Members {
			note(n.Members[i].Value)
		}
		for _, it := range n.Items {
			note(it)
		}
	}
	if n := t.Node.Get("each"); n != nil {
		note(n)
	}
	return func(c *prompttest.CaseResult) *prompttest.CaseResult {
		out := *c
		out.Failures = slices.DeleteFunc(slices.Clone(c.Failures), func(f prompttest.Failure) bool { return each[f.Node] })
		return &out
	}
}
