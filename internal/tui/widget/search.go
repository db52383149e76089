package widget

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// search looks for a text in steps that take little time each, so that a text of any length can be searched between two frames.
type search struct {
	query string
	exact bool // capitals count, because the query has some
	hits  []int
	here  int // the hit that it stands at; -1 before the first
	done  int // bytes, or drawn lines, that were looked through
	all   bool
	jump  bool // go to the first hit as soon as there is one
}

const (
	mostHits   = 10_000
	window     = 64 << 10
	stepBudget = 512 << 10
)

// Find looks for a query and shows the first hit at or behind the first row; "" ends the search. Capitals count only where the query
// has some. It returns how many hits are known: of a text longer than half a megabyte, those in its first part, of which there are more with every View;
// never more than 10,000.
func (t *Text) Find(query string) (found int) {
	t.search = search{query: query, here: -1, all: query == ""}
	if query == "" {
		return 0
	}
	s := &t.search
	s.exact = strings.IndexFunc(query, unicode.IsUpper) >= 0
	s.jump = true
	s.more(t)
	return len(s.hits)
}

// Hits says how many hits are known, which of them is shown, counted from 1 (0 for none), and whether these are all.
func (t *Text) Hits() (known, shown int, all bool) {
	if t.search.query == "" {
		return 0, 0, true
	}
	return len(t.search.hits), t.search.here + 1, t.search.all
}

// Next shows the next hit, after the last one the first.
func (t *Text) Next() { t.hop(1) }

// Prev shows the hit before, before the first one the last.
func (t *Text) Prev() { t.hop(-1) }

func (t *Text) hop(by int) {
	s := &t.search
	if by > 0 && s.here+1 >= len(s.hits) {
		s.more(t)
	}
	if len(s.hits) == 0 {
		return
	}
	s.here = (s.here + by + len(s.hits)) % len(s.hits)
	if s.here < 0 {
		s.here = len(s.hits) - 1
	}
	t.reveal()
}

// reveal scrolls to the hit that it stands at, unless it is on the screen.
func (t *Text) reveal() {
	hit, ok := t.search.current()
	if !ok || hit >= t.top && hit < t.bottom {
		return
	}
	if t.lines {
		t.top = max(0, min(hit-t.height/3, t.furthest()))
		return
	}
	t.top = t.book.row(hit)
	for range t.height / 3 {
		if before, ok := t.book.before(t.top); ok {
			t.top = before
		}
	}
}

func (s *search) current() (int, bool) {
	if s.here < 0 || s.here >= len(s.hits) {
		return 0, false
	}
	return s.hits[s.here], true
}

// more looks through another part of the text.
func (s *search) more(t *Text) {
	if s.all || s.query == "" {
		return
	}
	if t.lines {
		s.drawn(t.drawn)
	} else {
		for budget := stepBudget; budget > 0 && !s.all; {
			budget -= s.step(t.book.raw)
		}
	}
	if s.jump && len(s.hits) > 0 {
		at := sort.SearchInts(s.hits, t.top)
		if at == len(s.hits) {
			if !s.all {
				return
			}
			at = 0
		}
		s.here, s.jump = at, false
		t.reveal()
	}
}

// step looks through one window and returns what that costs.
func (s *search) step(raw string) int {
	end := min(len(raw), s.done+window)
	part, cost := raw[s.done:min(len(raw), end+len(s.query)-1)], window
	if !s.exact {
		part, cost = lower(part)
	}
	query := s.query
	if !s.exact {
		query, _ = lower(query)
	}
	from := 0
	for s.done+from < end && len(s.hits) < mostHits {
		i := strings.Index(part[from:], query)
		if i < 0 || s.done+from+i >= end {
			break
		}
		s.hits = append(s.hits, s.done+from+i)
		from += i + len(query)
	}
	s.done = max(end, s.done+from)
	s.all = s.done >= len(raw) || len(s.hits) >= mostHits
	return cost
}

func (s *search) drawn(lines []string) {
	end := min(len(lines), s.done+2000)
	query, _ := lower(s.query)
	for ; s.done < end && len(s.hits) < mostHits; s.done++ {
		plain := ansi.Strip(lines[s.done])
		low, _ := lower(plain)
		if s.exact && strings.Contains(plain, s.query) || !s.exact && strings.Contains(low, query) {
			s.hits = append(s.hits, s.done)
		}
	}
	s.all = s.done >= len(lines) || len(s.hits) >= mostHits
}

// lower makes letters small that keep their length in bytes, so that places stay the same; cost says how much work that was.
func lower(s string) (out string, cost int) {
	b := []byte(s)
	plain := true
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
		plain = plain && c < utf8.RuneSelf
	}
	if plain {
		return string(b), window
	}
	for i := 0; i < len(b); {
		ch, size := utf8.DecodeRune(b[i:])
		if low := unicode.ToLower(ch); low != ch && ch != utf8.RuneError && utf8.RuneLen(low) == size {
			utf8.EncodeRune(b[i:], low)
		}
		i += size
	}
	return string(b), 4 * window
}

// at tells whether a byte belongs to a hit.
func (s *search) at(at int) look {
	if len(s.hits) == 0 {
		return 0
	}
	i := sort.SearchInts(s.hits, at+1) - 1
	if i < 0 || at >= s.hits[i]+len(s.query) {
		return 0
	}
	if i == s.here {
		return 2
	}
	return 1
}
