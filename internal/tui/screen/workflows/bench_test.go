package workflows_test

import (
	"fmt"
	"strings"
	"testing"

	"askflow/internal/hubspot"
	"askflow/internal/run"
	"askflow/internal/service"
)

// crowd is an office with many workflows, the first of which has many actions.
func crowd(tb testing.TB) *office {
	tb.Helper()
	o := northwind(tb)
	contact, _ := hubspot.LookupObjectType("contact")
	for i := range 300 {
		file := fmt.Sprintf("workflows/w%03d.yaml", i)
		it := &service.WorkflowItem{File: file, FileName: fmt.Sprintf("w%03d", i), Name: fmt.Sprintf("Workflow %03d", i), ObjectType: contact, Enabled: true, Actions: 9, Asks: 1, Warnings: i % 3}
		for n := range 20 {
			it.Runs = append(it.Runs, pastRun(fmt.Sprintf("r%d", 20-n), file, it.Name, run.RunCompleted, 0, 100, int64(n)))
		}
		o.items = append(o.items, it)
		o.texts[file] = "name: Workflow\nobject: contact\nenroll: {manual: true}\nsteps:\n  - delay: 1d\n"
	}
	var b strings.Builder
	b.WriteString("name: Large\nobject: contact\nenroll: {manual: true}\nsteps:\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "  - notify: {users: [\"16\"], subject: \"Number %d\", body: \"{{ enrolled_object.firstname }}\"}\n", i)
	}
	o.texts[o.items[0].File] = b.String()
	return o
}

func benchmark(b *testing.B, before string, keys ...string) {
	d, _ := drive(b, crowd(b).services(), 200, 60)
	d.Press(strings.Fields(before)...)
	i := 0
	for b.Loop() {
		d.Press(keys[i%len(keys)])
		if d.Styled() == "" {
			b.Fatal("nothing is drawn")
		}
		i++
	}
}

func BenchmarkListKey(b *testing.B)  { benchmark(b, "end", "k", "j") }
func BenchmarkGraphKey(b *testing.B) { benchmark(b, "enter pgdown", "j", "k") }
func BenchmarkCardKey(b *testing.B)  { benchmark(b, "j enter j enter", "j", "k") }

func benchmarkView(b *testing.B, before string) {
	d, _ := drive(b, crowd(b).services(), 200, 60)
	d.Press(strings.Fields(before)...)
	for b.Loop() {
		if d.Styled() == "" {
			b.Fatal("nothing is drawn")
		}
	}
}

func BenchmarkListView(b *testing.B) { benchmarkView(b, "end") }
func BenchmarkFlowView(b *testing.B) { benchmarkView(b, "j enter j") }
