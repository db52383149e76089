package suite_test

import (
	"io/fs"
	"os"
	"testing"

	"askflow/internal/emulator"
	"askflow/internal/suite"
	"askflow/testdata"
)

func TestZZProbe(t *testing.T) {
	demo, _ := fs.Sub(testdata.Demo, "demo")
	dir := t.TempDir()
	if err := os.CopyFS(dir, demo); err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Open(t.Context(), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	r, err := suite.Run(t.Context(), e, suite.Options{})
	if err != nil {
		k := emulator.AsError(err)
		t.Log(k.Code, k.Message, k.Hint)
		for _, p := range k.Problems {
			t.Logf("%s:%d:%d %s %s | %s", p.File, p.Line, p.Col, p.Code, p.Message, p.Hint)
		}
		t.FailNow()
	}
	for _, w := range r.Warnings {
		t.Logf("W %s:%d:%d %s %s | %s", w.File, w.Line, w.Col, w.Code, w.Message, w.Hint)
	}
	for _, x := range r.Tests {
		t.Logf("%s passed=%v coverage=%.1f", x.Name, x.Passed, x.Coverage.Percent())
		for _, c := range x.Cells {
			t.Logf("   %s cases=%d failed=%d checks=%d cost=%s", c.Label, c.Cases, c.Failed, c.Checks, c.CostUSD)
			for _, f := range c.Failures {
				for _, g := range f.Failures {
					t.Logf("     %s %s:%d %s %s\n   want %.300s\n   got %.300s %s", f.Record.ID, g.File, g.Line, g.Subject, g.Check, g.Expected, g.Got, g.Differs)
				}
			}
		}
		if x.Coverage != nil {
			for _, it := range x.Coverage.Items {
				if it.Hits == 0 {
					t.Logf("   not reached: %s %s %s %s:%d", it.Kind, it.ID, it.Label, it.File, it.Line)
				}
			}
		}
	}
	t.Logf("%+v %v %v", r.Totals, r.Passed, r.Reasons)
}
