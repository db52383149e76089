package widget_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/widget"
)

func visible(v string) []string {
	lines := strings.Split(ansi.Strip(v), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// large texts of the three kinds that make viewers slow.
func large(n int) map[string]string {
	return map[string]string{"one word": strings.Repeat("x", n), "one letter a line": strings.Repeat("x\n", n/2), "prose": strings.Repeat("The quick brown fox jumps over the lazy dög.\nAnd again, ", n/56),
		"no line break": strings.Repeat("word ", n/5), "wide": strings.Repeat("日", n/3), "marks": "a" + strings.Repeat("\u0301", n/2), "controls": strings.Repeat("\x1b\u202e", n/4), "blanks": strings.Repeat(" ", n)}
}

// Rows are the same from whichever side they are reached, and nothing is lost.
func TestTextScrollsBothWays(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	texts := large(20000)
	texts["mixed"] = strings.Repeat(strings.Repeat("long ", 2000)+"\nshort\n\n"+strings.Repeat("y", 9000)+"\r\n", 3)
	rnd := rand.New(rand.NewPCG(3, 4))
	for name, raw := range texts {
		for _, width := range []int{1, 37, 120} {
			if width == 1 && name != "mixed" {
				continue
			}
			v := widget.NewText()
			v.SetText(raw)
			var down []string
			for {
				down = append(down, v.View(env, width, 1, true))
				v.Wheel(1)
				if v.Position() == "100%" || len(down) > 90000 {
					down = append(down, v.View(env, width, 1, true))
					break
				}
			}
			for i := len(down) - 1; i >= 0; i-- {
				if got := v.View(env, width, 1, true); got != down[i] {
					t.Fatalf("%s at width %d: row %d is %q, upwards %q", name, width, i, down[i], got)
				}
				v.Wheel(-1)
			}
			if name == "mixed" {
				want := strings.NewReplacer(" ", "", "\n", "", "\r", "").Replace(raw)
				if got := strings.ReplaceAll(ansi.Strip(strings.Join(down, "")), " ", ""); got != want {
					t.Errorf("%s at width %d: %d letters are drawn of %d", name, width, len(got), len(want))
				}
			}
			for range 5 { // the same place at another width
				v.Wheel(rnd.IntN(len(down)))
				if err := tuitest.CheckPart(v.View(env, 1+rnd.IntN(150), 20, true), 150, 20); err != nil {
					t.Fatal(err)
				}
				v.Wheel(-len(down))
			}
		}
	}
}

func TestTextKeys(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	var lines []string
	for i := range 100 {
		lines = append(lines, fmt.Sprintf("line %d", i))
	}
	for name, set := range map[string]func(*widget.Text){
		"raw":   func(v *widget.Text) { v.SetPrepared(widget.Prepare(strings.Join(lines, "\n"))) },
		"drawn": func(v *widget.Text) { v.SetDrawn(lines) },
	} {
		v := widget.NewText()
		set(v)
		v.View(env, 80, 10, true)
		for _, c := range []struct{ key, want, position string }{{"down", "line 1", ""}, {"up", "line 0", "0%"}, {"up", "line 0", "0%"}, {"pgdown", "line 9", ""}, {"pgup", "line 0", ""}, {"G", "line 90", "100%"}, {"down", "line 90", "100%"}, {"g", "line 0", "0%"}} {
			if _, ok := v.Press(env, tuitest.KeyPress(c.key)); !ok {
				t.Errorf("%s: %s is not taken", name, c.key)
			}
			rows := visible(v.View(env, 80, 10, true))
			if rows[0] != c.want || len(rows) != 10 {
				t.Errorf("%s: after %s the first of %d rows is %q, want %q", name, c.key, len(rows), rows[0], c.want)
			}
			if c.position != "" && v.Position() != c.position {
				t.Errorf("%s: after %s the position is %q", name, c.key, v.Position())
			}
		}
		if v.View(env, 80, 200, true); v.Position() != "" {
			t.Errorf("%s: all of it is on the screen, at %q", name, v.Position())
		}
		if _, ok := v.Press(env, tuitest.KeyPress("x")); ok {
			t.Error("x is taken")
		}
	}
	if n := widget.Prepare("a\nb").Lines(); n != 2 {
		t.Errorf("%d lines", n)
	}
}

func TestTextWrapsAtWords(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	v := widget.NewText()
	v.SetText("one two three\n\nabcdefghijklmno\r\n" + hostile)
	if diff := cmp.Diff([]string{"one two", "three", "", "abcdefgh", "ijklmno"}, visible(v.View(env, 8, 5, true))); diff != "" {
		t.Error(diff)
	}
	for width := 1; width < 100; width++ {
		for _, wrap := range []bool{true, false} {
			v.Wrap(wrap)
			if err := tuitest.CheckPart(v.View(env, width, 12, true), width, 12); err != nil {
				t.Fatal(err)
			}
		}
	}
	v.SetText("abcdefghijklmnop\nshort")
	v.Wrap(true)
	if _, ok := v.Press(env, tuitest.KeyPress("w")); !ok || v.Wrapped() {
		t.Error("w does not cut long lines")
	}
	if diff := cmp.Diff([]string{"abcdefg…", "short"}, visible(v.View(env, 8, 5, true))); diff != "" {
		t.Error(diff)
	}
	v.Press(env, tuitest.KeyPress("right"))
	if diff := cmp.Diff([]string{"ijklmnop", ""}, visible(v.View(env, 8, 5, true))); diff != "" {
		t.Error(diff)
	}
	v.Press(env, tuitest.KeyPress("left"))
	if rows := visible(v.View(env, 8, 5, true)); rows[0] != "abcdefg…" {
		t.Errorf("%q", rows)
	}
	if v.SetText(""); v.View(env, 8, 5, true) != "" || v.Position() != "" {
		t.Error("an empty text shows something")
	}
	v.Press(env, tuitest.KeyPress("G"))
	v.Press(env, tuitest.KeyPress("down"))
	v.Press(env, tuitest.KeyPress("up"))
}

func TestTextFinds(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "row %d %s\n", i, map[bool]string{true: "Needle and needle", false: "hay"}[i%100 == 50])
	}
	v := widget.NewText()
	v.SetText(b.String())
	v.View(env, 40, 10, true)
	if n := v.Find("needle"); n != 20 {
		t.Fatalf("%d hits", n)
	}
	shows := func(want string) {
		t.Helper()
		if out := ansi.Strip(v.View(env, 40, 10, true)); !strings.Contains(out, want) {
			t.Errorf("%q is not on the screen:\n%s", want, out)
		}
	}
	shows("row 50 ")
	if out := v.View(env, 40, 10, true); !strings.Contains(out, env.Theme.Warn.Reverse(true).Render("Needle")) || !strings.Contains(out, env.Theme.Warn.Underline(true).Render("needle")) {
		t.Errorf("the hits are not marked: %q", out)
	}
	v.Next()
	shows("row 50 ")
	v.Next()
	shows("row 150 ")
	v.Prev()
	v.Prev()
	v.Prev()
	shows("row 950 ")
	v.Next()
	shows("row 50 ")
	if n := v.Find("Needle"); n != 10 {
		t.Errorf("with a capital: %d hits", n)
	}
	if n := v.Find("nothing like it"); n != 0 {
		t.Errorf("%d hits", n)
	}
	v.Next()
	if n := v.Find(""); n != 0 {
		t.Errorf("%d hits", n)
	}
	v.SetText("ÄRGER über ärger")
	if n := v.Find("ärger"); n != 2 {
		t.Errorf("%d hits of a word with umlauts", n)
	}
	v.SetDrawn([]string{"a", "\x1b[1mNee\x1b[mdle", "b"})
	v.View(env, 20, 2, true)
	if n := v.Find("needle"); n != 1 || !strings.Contains(v.View(env, 20, 2, true), "▸") {
		t.Errorf("%d hits in drawn lines", n)
	}
}

// A long text is searched in parts, none of which is lost, hits across their edges included.
func TestTextFindsInLongTexts(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	raw := strings.Repeat("x", 3<<20)
	want := []int{0, 64<<10 - 3, 1 << 20, 2<<20 - 2, 3<<20 - 6}
	b := []byte(raw)
	for _, at := range want {
		copy(b[at:], "needle")
	}
	v := widget.NewText()
	v.SetText(string(b))
	v.Find("needle")
	for range 10 {
		v.View(env, 80, 20, true)
	}
	if known, _, all := v.Hits(); known != len(want) || !all {
		t.Errorf("%d of %d hits, all: %t", known, len(want), all)
	}
	v.SetText(strings.Repeat("e", 1<<20))
	if n := v.Find("e"); n != 10000 {
		t.Errorf("%d hits are kept", n)
	}
}

func TestTextSpans(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	v := widget.NewText()
	v.SetText("Hello {{ contact.name }} and {{ x }}.")
	v.SetSpans([]widget.Span{{29, 36, env.Theme.Token}, {6, 24, env.Theme.Token}, {9, 16, env.Theme.Bad}, {-5, 0, env.Theme.Bad}, {90, 99, env.Theme.Bad}, {5, 2, env.Theme.Bad}})
	out := v.View(env, 80, 1, true)
	for _, want := range []string{env.Theme.Token.Render("{{ "), env.Theme.Bad.Render("contact"), env.Theme.Token.Render(".name }}"), env.Theme.Token.Render("{{ x }}"), env.Theme.Text.Render("Hello ")} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in %q", want, out)
		}
	}
	if got := ansi.Strip(out); got != v.Raw() {
		t.Errorf("%q", got)
	}
	v.SetSpans([]widget.Span{{0, 37, env.Theme.Token}, {0, 5, env.Theme.Bad}, {6, 8, env.Theme.Good}, {7, 12, env.Theme.Info}})
	if got, want := v.View(env, 80, 1, true), env.Theme.Bad.Render("Hello")+env.Theme.Token.Render(" ")+env.Theme.Good.Render("{")+env.Theme.Info.Render("{ con")+env.Theme.Token.Render("tact.name }} and {{ x }}."); got != want {
		t.Errorf("spans within spans: %q, want %q", got, want)
	}
	v.SetSpans([]widget.Span{{6, 24, env.Theme.Token}, {9, 16, env.Theme.Bad}})
	if rows := strings.Split(v.View(env, 15, 4, true), "\n"); !strings.Contains(rows[1], env.Theme.Bad.Render("contact")) {
		t.Errorf("a span is lost in a later row: %q", rows)
	}
}

func BenchmarkText(b *testing.B) {
	env := testEnv(b)
	for name, raw := range large(5 << 20) {
		b.Run(name, func(b *testing.B) {
			v := widget.NewText()
			keys := []string{"pgdown", "pgup", "G", "up", "pgup", "g", "down"}
			i := 0
			for b.Loop() {
				if i%len(keys) == 0 {
					v.SetText(raw)
					v.SetSpans([]widget.Span{{0, len(raw), env.Theme.Token}})
				}
				v.Press(env, tuitest.KeyPress(keys[i%len(keys)]))
				v.View(env, 120, 50, true)
				i++
			}
		})
		b.Run("find/"+name, func(b *testing.B) {
			v := widget.NewText()
			v.SetText(raw)
			for b.Loop() {
				v.Find("xyzzy")
				v.View(env, 120, 50, true)
			}
		})
	}
}

func TestTextIsSafe(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	v := widget.NewText()
	for name, raw := range large(30000) {
		v.SetText(raw)
		for _, k := range []string{"pgdown", "G", "up"} {
			v.Press(env, tuitest.KeyPress(k))
			if err := tuitest.CheckPart(v.View(env, 33, 9, true), 33, 9); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
}
