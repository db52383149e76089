package testreport

import "askflow/internal/prompttest"

// texts are the long texts that were shown for one case.
type texts map[string]bool

const (
	// longText is from how many bytes on a text is shown once only.
	longText = 80
	asAbove  = "as above"
)

// once is what is shown of a text: the first time as it is given, later what says that it stands above.
func (t texts) once(text, shown, above string) string {
	if len(text) < longText {
		return shown
	}
	if t[text] {
		return above
	}
	t[text] = true
	return shown
}

// toldCase is a case of which everything that failed was printed.
type toldCase struct {
	test, cell, objectType, id, name string
	repeat                           int
}

// untold parts the failures of a change: those that were printed under their case, and the others.
func (p *printer) untold(c *prompttest.BaselineChange) (told, untold []*prompttest.Failure) {
	known := p.told[toldCase{c.Test, c.Cell, c.Record.ObjectType, c.Record.ID, c.Case, c.Repeat}]
	for i := range c.Failures {
		f, printed := &c.Failures[i], false
		for j := range known {
			k := &known[j]
			printed = printed || f.Subject == k.Subject && f.Check == k.Check && f.File == k.File && f.Line == k.Line && f.Column == k.Column
		}
		if printed {
			told = append(told, f)
		} else {
			untold = append(untold, f)
		}
	}
	return told, untold
}

// tell begins a failed case, and notes that it is printed, with the repeats that failed alike.
func (p *printer) tell(t *prompttest.TestReport, c *prompttest.CellReport, g *failedGroup) {
	p.texts = texts{}
	repeats := g.repeats
	if len(repeats) == 0 {
		repeats = []int{g.Repeat}
	}
	for _, repeat := range repeats {
		p.told[toldCase{t.Name, c.Label, g.Record.ObjectType, g.Record.ID, g.Case, repeat}] = g.Failures
	}
}
