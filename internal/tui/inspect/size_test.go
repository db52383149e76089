package inspect_test

import (
	"fmt"
	"strings"
	"testing"

	"askflow/internal/tui/tuitest"
)

func TestHostileDataStaysData(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{60, 16}, {80, 24}, {200, 60}} {
		s, _ := openResult(t, size[0], size[1], hostileResult())
		check := func(what string) {
			if err := tuitest.Check(s.Styled(), size[0], size[1]); err != nil {
				t.Errorf("%v, %s: %v", size, what, err)
			}
		}
		s.Press("home")
		for i := range 9 {
			for tab := range 5 {
				check(fmt.Sprintf("step %d, tab %d", i, tab))
				s.Press("m", "enter", "G")
				check(fmt.Sprintf("step %d, tab %d, next mode, end", i, tab))
				s.Press("h", "]")
			}
			s.Press("esc", "down")
		}
	}
}

func TestFiveMegabytes(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]string{"lines": "a line with some words\n", "one word": "word", "hostile": hostile, "markdown": "- **a**\n", "unclosed": "`**__", "json": `[`} {
		result := testResult()
		result.Steps[0].Ask.Response = ptr(strings.Repeat(part, 5<<20/len(part)) + "\nthe end")
		s, _ := openResult(t, 100, 30, result)
		s.Press("home").See("characters in").Press("enter")
		for range 3 {
			if s.Press("m"); name != "markdown" && name != "json" {
				s.Press("G", "g")
			}
			if err := tuitest.Check(s.Styled(), 100, 30); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		s.Press("G").See("the end")
	}
}

func TestThemesChange(t *testing.T) {
	t.Parallel()
	s, _ := openResult(t, 120, 40, testResult())
	s.Press("home", "[")
	dark := s.env.Theme.Value.Render("hello")
	if !strings.Contains(s.Styled(), dark) {
		t.Fatalf("the data have no style of their own:\n%q", s.Styled())
	}
	s.Press("T")
	if frame := s.Styled(); strings.Contains(frame, dark) || !strings.Contains(frame, s.env.Theme.Value.Render("hello")) {
		t.Error("the text keeps the colours of the other theme")
	}
}

func BenchmarkEnrollmentView(b *testing.B) {
	s, e := openResult(b, 200, 60, testResult())
	s.Press("home", "i")
	for b.Loop() {
		e.View(200, 56)
	}
}

func BenchmarkEnrollmentKey(b *testing.B) {
	s, _ := openResult(b, 200, 60, testResult())
	for b.Loop() {
		s.Press("i")
		s.Styled()
	}
}

func BenchmarkFiveMegabytes(b *testing.B) {
	result := testResult()
	result.Steps[0].Ask.Response = ptr(strings.Repeat("some words on a line of an answer that is long\n", 5<<20/47))
	s, _ := openResult(b, 200, 60, result)
	s.Press("home", "enter", "G")
	for b.Loop() {
		s.Press("pgup")
		s.Styled()
	}
}
