package widget_test

import (
	"fmt"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/widget"
)

func TestPaneAndSplitFitEverySize(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	body := strings.Repeat("body of some length\n", 30)
	for w := 1; w <= 200; w += 3 {
		for _, h := range []int{1, 2, 3, 5, 12, 40} {
			for _, focused := range []bool{true, false} {
				exactly(t, widget.Pane(env, hostile, body, w, h, focused), w, h)
			}
			for _, s := range []widget.Split{{}, {Focus: 1}, {Zoom: true}, {Zoom: true, Focus: 1}, {Ratio: 99}, {Ratio: -4}} {
				out := s.View(env, w, h, func(w, h int) string { return widget.Pane(env, "list", body, w, h, true) }, func(w, h int) string { return widget.Pane(env, "detail", body, w, h, false) })
				exactly(t, out, w, h)
			}
		}
	}
	if widget.Pane(env, "x", "y", 0, 5, true) != "" {
		t.Error("a pane on no room")
	}
}

func exactly(t *testing.T, s string, w, h int) {
	t.Helper()
	if err := tuitest.CheckPart(s, w, h); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(s, "\n")
	if len(lines) != h {
		t.Fatalf("%d lines, not %d", len(lines), h)
	}
	for _, l := range lines {
		if lipgloss.Width(l) != w {
			t.Fatalf("%d cells, not %d: %q", lipgloss.Width(l), w, l)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	s := widget.Split{}
	areas := func(w, h int) string {
		a, b := s.Areas(w, h)
		return fmt.Sprint(a, b)
	}
	for _, c := range []struct {
		key  string
		w, h int
		want string
	}{
		{"", 100, 20, "{0 0 45 20} {45 0 55 20}"},
		{"", 99, 20, "{0 0 99 9} {0 9 99 11}"},
		{"", 99, 11, "{0 0 99 11} {0 0 0 0}"},
		{"+", 100, 20, "{0 0 50 20} {50 0 50 20}"},
		{"_", 100, 20, "{0 0 45 20} {45 0 55 20}"},
		{"z", 100, 20, "{0 0 100 20} {0 0 0 0}"},
		{"z", 100, 20, "{0 0 45 20} {45 0 55 20}"},
	} {
		if c.key != "" {
			if _, ok := s.Press(env, tuitest.KeyPress(c.key)); !ok {
				t.Errorf("%s is not taken", c.key)
			}
		}
		if got := areas(c.w, c.h); got != c.want {
			t.Errorf("after %q at %d×%d: %s, want %s", c.key, c.w, c.h, got, c.want)
		}
	}
	s.Focus = 1
	s.Press(env, tuitest.KeyPress("+"))
	if got := areas(100, 20); got != "{0 0 40 20} {40 0 60 20}" {
		t.Errorf("the detail does not grow: %s", got)
	}
	if _, b := s.Areas(100, 20); !b.Contains(40, 0) || b.Contains(39, 0) || b.Contains(100, 0) || b.Contains(50, 20) {
		t.Error("Contains")
	}
	if _, ok := s.Press(env, tuitest.KeyPress("x")); ok {
		t.Error("x is taken")
	}
}

func TestPaneGolden(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	for _, w := range []int{40, 80, 120} {
		s := widget.Split{}
		golden(t, fmt.Sprintf("split-%d", w), s.View(env, w, 14, func(w, h int) string { return widget.Pane(env, "Runs", "r1\nr2", w, h, true) }, func(w, h int) string {
			return widget.Pane(env, "Run "+hostile, "totals", w, h, false)
		}))
	}
}

func TestTabs(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	tabs := widget.Tabs{Titles: []string{"Prompt", "Response", "Attempts", hostile}}
	if got := ansi.Strip(tabs.View(env, 40)); got != "[Prompt]  Response   Attempts  ›" {
		t.Errorf("%q", got)
	}
	for _, c := range []struct {
		key string
		at  int
	}{{"]", 1}, {"[", 0}, {"[", 3}, {"]", 0}} {
		if _, ok := tabs.Press(env, tuitest.KeyPress(c.key)); !ok || tabs.At != c.at {
			t.Errorf("after %s: tab %d, want %d", c.key, tabs.At, c.at)
		}
	}
	if !tabs.Click(12, 40) || tabs.At != 1 || tabs.Click(39, 40) {
		t.Errorf("the click chose tab %d", tabs.At)
	}
	for w := 1; w < 150; w++ {
		for at := -1; at < 6; at++ {
			tabs.At = at
			if err := tuitest.CheckPart(tabs.View(env, w), w, 1); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, ok := tabs.Press(env, tuitest.KeyPress("x")); ok {
		t.Error("x is taken")
	}
	none := widget.Tabs{}
	if _, ok := none.Press(env, tuitest.KeyPress("]")); ok || none.View(env, 10) != "" || none.Click(0, 10) {
		t.Error("no tabs")
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	f := widget.Filter{}
	press := func(names ...string) (changed bool) {
		for _, n := range names {
			c, taken := f.Press(env, tuitest.KeyPress(n))
			if !taken {
				t.Errorf("%s is not taken", n)
			}
			changed = c
		}
		return changed
	}
	if _, taken := f.Press(env, tuitest.KeyPress("f")); taken || f.Visible() {
		t.Error("there is no filter to switch off")
	}
	if press("/") || !f.Editing || !f.Visible() {
		t.Error("/ does not begin editing")
	}
	if !press("s", "t", "a", "t", "e", ":", "C", "A") || f.Active() != "state:CA" {
		t.Errorf("%q is typed", f.Active())
	}
	if press("left") || !press("backspace") || f.Active() != "state:A" {
		t.Errorf("after editing: %q", f.Active())
	}
	if press("enter") || f.Editing || f.Active() != "state:A" || !strings.Contains(ansi.Strip(f.View(env, 40)), "/state:A") {
		t.Errorf("after enter: %q", f.View(env, 40))
	}
	if !press("f") || f.Active() != "" || !strings.Contains(ansi.Strip(f.View(env, 40)), "/state:A (off)") {
		t.Errorf("switched off: %q", f.View(env, 40))
	}
	if !press("f") || f.Active() != "state:A" {
		t.Error("switched on again")
	}
	if press("/"); !f.Paste("\x1b[1mX\n") || !strings.Contains(f.Text, "X") {
		t.Errorf("pasted: %q", f.Text)
	}
	for w := 0; w < 40; w++ {
		f.Text = hostile
		for _, on := range []bool{true, false} {
			f.On = on
			for _, f.Editing = range []bool{true, false} {
				if err := tuitest.CheckPart(f.View(env, w), w, 1); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	f.On = true
	if press("/"); !press("esc") || f.Active() != "" || f.Visible() {
		t.Error("esc keeps the filter")
	}
	if f.Clear() || f.Paste("x") {
		t.Error("nothing to clear")
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	fields := []widget.Field{{Label: "Name", Value: "Ada Byron"}, {Label: "Story", Value: "one two three four five six seven eight nine ten eleven twelve thirteen"}, {Label: "Nothing"}, {Label: hostile, Value: hostile + strings.Repeat("長", 60)},
		{Label: "Drawn", Value: env.Theme.Good.Render("✓") + "\nsecond " + strings.Repeat("x", 200), Drawn: true}}
	for _, w := range []int{40, 80, 120} {
		golden(t, fmt.Sprintf("fields-%d", w), strings.Join(widget.Fields(env, fields, w), "\n"))
	}
	for w := -1; w < 200; w++ {
		lines := widget.Fields(env, fields, w)
		if err := tuitest.CheckPart(strings.Join(lines, "\n"), max(0, w), 1000); err != nil {
			t.Fatal(err)
		}
	}
	long := widget.Fields(env, []widget.Field{{Label: "Long", Value: strings.Repeat("x\n", 1<<20)}}, 40)
	if len(long) != 201 || !strings.Contains(long[200], "…") {
		t.Errorf("%d lines of a long value", len(long))
	}
	if diff := cmp.Diff([]string{"A  1"}, strip(widget.Fields(env, []widget.Field{{Label: "A", Value: "1"}}, 40))); diff != "" {
		t.Error(diff)
	}
}

func strip(lines []string) []string {
	out := make([]string, len(lines))
	for i := range lines {
		out[i] = ansi.Strip(lines[i])
	}
	return out
}
