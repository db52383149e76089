package widget

import (
	"image/color"
	"reflect"
	"strings"

	"charm.land/lipgloss/v2"
)

// pens remembers what styles write before and after a text. A style's own Render looks at everything a style can be, which for a
// screen full of cells takes longer than a frame has; only colours and attributes count here.
type pens map[penKey]pen

type penKey struct {
	fg, bg                                         color.Color
	bold, faint, italic, underline, strike, revers bool
}

type pen struct{ before, after string }

const mostPens = 256

// render draws a text of one line.
func (p *pens) render(style lipgloss.Style, s string) string {
	key := penKey{style.GetForeground(), style.GetBackground(), style.GetBold(), style.GetFaint(), style.GetItalic(), style.GetUnderline(), style.GetStrikethrough(), style.GetReverse()}
	if !canBeKey(key.fg) || !canBeKey(key.bg) {
		return style.Render(s)
	}
	found, ok := (*p)[key]
	if !ok {
		if *p == nil || len(*p) >= mostPens {
			*p = pens{}
		}
		found.before, found.after, _ = strings.Cut(style.UnsetPadding().UnsetMargins().UnsetWidth().Inline(true).Render("x"), "x")
		(*p)[key] = found
	}
	return found.before + s + found.after
}

// canBeKey tells whether a colour can be looked up.
func canBeKey(c color.Color) bool {
	switch c.(type) {
	case color.RGBA, lipgloss.NoColor:
		return true
	}
	return c == nil || reflect.TypeOf(c).Comparable()
}
