package testreport

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"askflow/internal/prompttest"
	"askflow/internal/report"
)

// cellNames is what the cells of a test are called where several stand on one line: by their labels, or, where those are long, by
// numbers, which the table of cells then has as well. Labels are never cut: what differs stands at their ends.
type cellNames struct {
	cells    []*prompttest.CellReport
	numbered bool
}

// labelsWidth is how wide all labels of a test may be together for lines that list them.
const labelsWidth = 46

func namesOf(t *prompttest.TestReport) cellNames {
	n := cellNames{cells: t.Cells}
	width, cells := 0, 0
	for _, c := range cellsOf(t) {
		if c.Refused == nil {
			width += report.Width(oneLine(c.Label)) + 2
			cells++
		}
	}
	n.numbered = cells > 1 && width > labelsWidth
	return n
}

// number is the place of a cell in its test, from 1.
func (n cellNames) number(c *prompttest.CellReport) int {
	for i := range n.cells {
		if n.cells[i] == c {
			return i + 1
		}
	}
	return 0
}

// list names cells by their places.
func (n cellNames) list(places []int) string {
	if n.numbered {
		return numbersText("cell", places)
	}
	labels := make([]string, len(places))
	for i, place := range places {
		labels[i] = oneLine(n.cells[place-1].Label)
	}
	return strings.Join(labels, "; ")
}

// whole is list with every label, behind its number where cells have one.
func (n cellNames) whole(places []int) string {
	if !n.numbered {
		return n.list(places)
	}
	labels := make([]string, len(places))
	for i, place := range places {
		labels[i] = fmt.Sprintf("%d %s", place, oneLine(n.cells[place-1].Label))
	}
	return strings.Join(labels, "; ")
}

// numbersText lists numbers that rise, those in a row as a range: cells 1, 3–5.
func numbersText(noun string, numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		switch {
		case j > i+1:
			parts = append(parts, fmt.Sprintf("%d–%d", numbers[i], numbers[j]))
		case j == i+1:
			parts = append(parts, strconv.Itoa(numbers[i]), strconv.Itoa(numbers[j]))
		default:
			parts = append(parts, strconv.Itoa(numbers[i]))
		}
		i = j + 1
	}
	if len(numbers) != 1 {
		noun += "s"
	}
	return noun + " " + strings.Join(parts, ", ")
}

// aroundDifference shortens texts to a width, and keeps in sight where they differ: a text that has no room begins shortly before
// the place where it parts from the one most like it, when that lies far behind its beginning.
func aroundDifference(texts []string, width int) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = text
		if report.Width(text) <= width {
			continue
		}
		same := 0
		for j, other := range texts {
			if j != i && other != text {
				same = max(same, commonBytes(text, other))
			}
		}
		if from := beginBefore(text, same, width); from > 0 {
			out[i] = "…" + report.Truncate(text[from:], width-1)
			continue
		}
		out[i] = report.Truncate(text, width)
	}
	return out
}

// beginBefore is where a text begins to be shown whose first bytes are the same as another's: 0 when the place where they part is
// in sight from the beginning on.
func beginBefore(text string, same, width int) int {
	if report.Width(text[:same]) < width*2/3 {
		return 0
	}
	from := same
	for shown := 0; from > 0 && shown < width/3; shown++ {
		_, size := utf8.DecodeLastRuneInString(text[:from])
		from -= size
	}
	return from
}

// commonBytes is how many bytes two texts begin with alike, up to the end of a character.
func commonBytes(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && n < len(a) && !utf8.RuneStart(a[n]) {
		n--
	}
	return n
}
