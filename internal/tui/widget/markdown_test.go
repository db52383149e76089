package widget_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"askflow/internal/tui/tuitest"
	"askflow/internal/tui/widget"
)

const someMarkdown = "# Summary of *Ada*\n\nThe **lead** is `hot` and lives in [California](https://example.com), she said\nso; snake_case_name stays, 2 * 3 * 4 too, \\*this\\* as well.\n\n" +
	"- first item that is long enough to need another row when the screen is narrow\n  - nested\n1. one\n2) two\ngoes on\n\n> quoted " + hostile + "\n\n```json\n{\"a\": [1, 2]}\t\x1b[31m\n```\n\n| State | Count |\n|---|---:|\n| CA | 700 |\n| **NY** | 3 | \n\n---\n## End ##\n####### no heading\n~~~\nnever closed"

func TestMarkdownGolden(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	for _, w := range []int{40, 80, 120} {
		golden(t, fmt.Sprintf("markdown-%d", w), strings.Join(widget.Markdown(env, someMarkdown, w), "\n"))
	}
	out := strings.Join(widget.Markdown(env, someMarkdown, 120), "\n")
	for _, want := range []string{env.Theme.Text.Bold(true).Render("lead"), env.Theme.Value.Render("hot"), env.Theme.Info.Render("California <https://example.com>")} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in %q", want, out)
		}
	}
	long := widget.Markdown(env, strings.Repeat("word **bold** `x` [a](b) *\n", 40000), 80)
	if !strings.Contains(ansi.Strip(long[len(long)-1]), "left out") {
		t.Error("what is left out is not said")
	}
}

// Texts that make careless readers slow.
func TestMarkdownOfHostileTexts(t *testing.T) {
	t.Parallel()
	env := testEnv(t)
	for _, part := range []string{"[", "**", "*a ", "`", "- x\n", "|", "|-|\n", "> ", "[a](", "_", "a\n", "```\n", "\\", strings.Repeat(" ", 100) + "- x\n"} {
		lines := widget.Markdown(env, strings.Repeat(part, (256<<10)/len(part)), 40)
		if err := tuitest.CheckPart(strings.Join(lines[:min(len(lines), 50)], "\n"), 40, 50); err != nil {
			t.Errorf("%q: %v", part, err)
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	env := testEnv(f)
	f.Add(someMarkdown, 30)
	f.Add("**a*`b`__c_ [x](y", 1)
	f.Add("|a|\n|-|", 5)
	f.Fuzz(func(t *testing.T, raw string, width int) {
		width = 1 + (width%120+120)%120
		if err := tuitest.CheckPart(strings.Join(widget.Markdown(env, raw, width), "\n"), width, 1<<30); err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
	})
}

func BenchmarkMarkdown(b *testing.B) {
	env := testEnv(b)
	raw := strings.Repeat(someMarkdown+"\n~~~\n", 20)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		widget.Markdown(env, raw, 100)
	}
}
