package widget_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/tui/theme"
	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/widget"
)

func writtenDoc(th *theme.Theme) *widget.Doc {
	d := widget.NewDoc(th)
	d.Head("Fields")
	d.Line(th.Text, "  a line that is longer than there is room")
	d.Hang(8)
	d.Put(th.Faint, "  name  ")
	d.Put(th.Value, "a value that goes on below itself")
	d.Newline()
	d.Head("Text")
	d.Text("  ")
	d.Lines(th.Text, "one\ntwo "+hostile, "  ")
	d.Newline()
	return d
}

func TestDocHangs(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	s := writtenDoc(env.Theme).Sheet()
	want := "Fields\n  a line that is longer\n  than there is room\n  name  a value that\n        goes on below\n        itself\n\nText\n  one\n  two"
	got := tuitest.Plain(s.View(env, 24, 30, true))
	if diff := cmp.Diff(want, got[:min(len(want), len(got))]); diff != "" {
		t.Error(diff)
	}
	for _, width := range []int{1, 2, 19, 20, 24, 60, 200} {
		if err := tuitest.CheckPart(s.View(env, width, 40, true), width, 40); err != nil {
			t.Errorf("%d: %v", width, err)
		}
	}
	if s.Raw() != writtenDoc(env.Theme).Raw() {
		t.Errorf("the text is another one: %q", s.Raw())
	}
}

func TestSheetKeepsItsPlace(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	build := func(th *theme.Theme) *widget.Doc {
		d := widget.NewDoc(th)
		for range 60 {
			d.Line(th.Value, "  words of a line that does not fit everywhere")
		}
		d.Line(th.Bad, "  the end")
		return d
	}
	s := build(env.Theme).Sheet()
	s.Press(env, tuitest.KeyPress("end")) // before it is drawn
	for _, width := range []int{80, 30, 120} {
		if out := ansi.Strip(s.View(env, width, 10, true)); !strings.Contains(out, "the end") {
			t.Errorf("at width %d it left the end:\n%s", width, out)
		}
	}
	before, light := s.View(env, 30, 10, true), theme.For(false)
	s.Repaint(build(light))
	after := s.View(env, 30, 10, true)
	if ansi.Strip(before) != ansi.Strip(after) || !strings.Contains(after, light.Bad.Render("the end")) && !strings.Contains(after, light.Bad.Render("  the end")) {
		t.Errorf("repainted it is\n%q", after)
	}
}
