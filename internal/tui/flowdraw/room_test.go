package flowdraw_test

import (
	"strings"
	"testing"

	"askflow/internal/tui/flowdraw"
	"askflow/internal/tui/text"
)

// Cards grow with the room there is, up to 64 cells; arms that stand beside each other share it.
func TestCardsGrowWithTheRoom(t *testing.T) {
	t.Parallel()
	one := read(t, "1", delay("1", "", ""))
	two := read(t, "1", branch("1", "a=2", "b=3"), delay("2", "", ""), delay("3", "", ""))
	for name, c := range map[string]struct {
		drawn string
		want  int
	}{
		"one below the other":  {draw(t, one, flowdraw.Options{Width: 120, Height: 40}), 64},
		"with little room":     {draw(t, one, flowdraw.Options{Width: 50, Height: 40}), 48},
		"a branch in wide":     {draw(t, two, flowdraw.Options{Width: 200, Height: 60}), 64},
		"a branch in narrow":   {draw(t, two, flowdraw.Options{Width: 110, Height: 60}), 53},
		"a branch in a column": {draw(t, two, flowdraw.Options{Width: 40, Height: 60}), 36},
	} {
		last := ""
		for _, line := range strings.Split(c.drawn, "\n") {
			if at := strings.Index(line, "╰"); at >= 0 {
				last = line[at:]
				last, _, _ = strings.Cut(last, "╯")
			}
		}
		if got := text.Width(last) + 1; got != c.want {
			t.Errorf("%s: the last card is %d cells wide, want %d:\n%s", name, got, c.want, c.drawn)
		}
	}
}
