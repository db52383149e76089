// Package theme is how the screen looks: styles by what they mean. No other package names a colour. The terminal's colour
// profile (true colour, 256, 16, none) is applied by Bubble Tea when it writes, so a theme says what it means once.
package theme

import (
	"fmt"
	"image/color"

	"charm.land/lipgloss/v2"
)

// Names of the themes.
const (
	Auto  = "auto"
	Dark  = "dark"
	Light = "light"
)

// Theme is a set of styles. Colour is never the only sign: whatever Good, Warn and Bad mark has a glyph or a word, too.
type Theme struct {
	Name string
	Text lipgloss.Style
	// Faint is for what matters less, Strong for what matters more.
	Faint, Strong lipgloss.Style
	// Accent is askflow's own colour: focus, places, headings.
	Accent, Heading lipgloss.Style
	// Good, Warn, Bad and Info say how something went.
	Good, Warn, Bad, Info lipgloss.Style
	// Token is a data token, Value the data that it gave.
	Token, Value lipgloss.Style
	// Key is a key in the footer and the help, Hint what it does.
	Key, Hint lipgloss.Style
	// Cursor is the row under the cursor in the focused pane, CursorIdle in one that is not focused.
	Cursor, CursorIdle lipgloss.Style
	Marked             lipgloss.Style
	// Border and BorderFocus draw panes.
	Border, BorderFocus lipgloss.Style
	// Bar is the header and the footer.
	Bar, BarStrong lipgloss.Style
	// Added and Removed are of diffs.
	Added, Removed lipgloss.Style
	Charts         Charts
}

// Charts are the styles of charts.
type Charts struct {
	Bar, Track, Axis lipgloss.Style
	// Series are told apart beside each other; glyphs tell them apart as well.
	Series []lipgloss.Style
}

type palette struct {
	text, faint, strong, accent, good, warn, bad, info, token, value, cursor, cursorIdle, border, bar color.Color
	series                                                                                            []color.Color
}

func dark() palette {
	c := lipgloss.Color
	return palette{text: c("#d7dae0"), faint: c("#808996"), strong: c("#ffffff"), accent: c("#ff8f5c"), good: c("#7ec77b"), warn: c("#e5b95c"), bad: c("#f2777a"), info: c("#7aa9f0"),
		token: c("#c59bf0"), value: c("#8bd5ca"), cursor: c("#343b47"), cursorIdle: c("#272c35"), border: c("#454c58"), bar: c("#21252d"),
		series: []color.Color{c("#ff8f5c"), c("#7aa9f0"), c("#7ec77b"), c("#c59bf0"), c("#e5b95c"), c("#8bd5ca")}}
}

func light() palette {
	c := lipgloss.Color
	return palette{text: c("#2b303a"), faint: c("#6a7280"), strong: c("#000000"), accent: c("#b8430f"), good: c("#2c7a29"), warn: c("#8a5d00"), bad: c("#b3262b"), info: c("#1d57b5"),
		token: c("#7733b8"), value: c("#0b6b60"), cursor: c("#dfe5ee"), cursorIdle: c("#eef1f5"), border: c("#b9c0cb"), bar: c("#eef1f5"),
		series: []color.Color{c("#b8430f"), c("#1d57b5"), c("#2c7a29"), c("#7733b8"), c("#8a5d00"), c("#0b6b60")}}
}

// New makes a theme by its name: dark or light.
func New(name string) (*Theme, error) {
	switch name {
	case Dark:
		return build(Dark, dark()), nil
	case Light:
		return build(Light, light()), nil
	}
	return nil, fmt.Errorf("%q is no theme: use auto, dark or light", name)
}

// For makes the theme for a terminal with a dark or a light background.
func For(isDark bool) *Theme {
	if isDark {
		return build(Dark, dark())
	}
	return build(Light, light())
}

func build(name string, p palette) *Theme {
	s := func(c color.Color) lipgloss.Style { return lipgloss.NewStyle().Foreground(c) }
	t := &Theme{
		Name: name, Text: s(p.text), Faint: s(p.faint), Strong: s(p.strong).Bold(true), Accent: s(p.accent), Heading: s(p.accent).Bold(true),
		Good: s(p.good), Warn: s(p.warn), Bad: s(p.bad), Info: s(p.info), Token: s(p.token), Value: s(p.value),
		Key: s(p.accent), Hint: s(p.faint), Cursor: s(p.strong).Background(p.cursor).Bold(true), CursorIdle: s(p.text).Background(p.cursorIdle), Marked: s(p.warn),
		Border: s(p.border), BorderFocus: s(p.accent), Bar: s(p.text).Background(p.bar), BarStrong: s(p.accent).Background(p.bar).Bold(true),
		Added: s(p.good), Removed: s(p.bad).Strikethrough(true),
		Charts: Charts{Bar: s(p.accent), Track: s(p.border), Axis: s(p.faint)},
	}
	for _, c := range p.series {
		t.Charts.Series = append(t.Charts.Series, s(c))
	}
	return t
}
