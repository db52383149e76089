package expect

const wordBits = 64

// distance counts how many characters must be put in, taken out or changed to make b of a. It gives up, with within false, where
// that is more than limit.
//
// The table of distances is walked in strips of 64 rows, held as the bits of two words (Myers' bit vectors, Hyyrö's blocks).
// Of each strip only the columns near the diagonal are walked that a distance within the limit can reach: what lies outside is
// taken as larger than it is, which such a distance never sees.
func distance(a, b []rune, limit int) (d int, within bool) {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 0 || len(b) == 0 {
		d = max(len(a), len(b))
		return d, d <= limit
	}
	limit = min(limit, max(len(a), len(b)))
	if gap := len(a) - len(b); gap > limit || -gap > limit {
		return 0, false
	}
	d = newStrips(a, b).walk(a, limit)
	return d, d <= limit
}

// strips is the state of one comparison.
type strips struct {
	ids   map[rune]int32 // of the characters of a
	text  []int32        // b as ids, 0 for what a does not have
	rows  []uint64       // by id: the rows of the current strip with this character
	carry []int8         // by column: how the distance at the bottom of the strip above differs from that of the column before
}

func newStrips(a, b []rune) *strips {
	s := &strips{ids: make(map[rune]int32), text: make([]int32, len(b)), carry: make([]int8, len(b))}
	for _, r := range a {
		if _, known := s.ids[r]; !known {
			s.ids[r] = int32(len(s.ids) + 1)
		}
	}
	s.rows = make([]uint64, len(s.ids)+1)
	for j, r := range b {
		s.text[j] = s.ids[r]
	}
	for j := range s.carry {
		s.carry[j] = 1 // above the first row, and where no strip above came: one more character put in
	}
	return s
}

// walk returns the distance, or something larger than limit.
func (s *strips) walk(a []rune, limit int) int {
	n := len(s.text)
	base := 0 // the distance in the row above the strip, in the column before its first
	for top := 0; top < len(a); top += wordBits {
		height := min(wordBits, len(a)-top)
		for i := range height {
			s.rows[s.ids[a[top+i]]] |= 1 << i
		}
		first, end := max(0, top-limit), min(n, top+height+limit)
		nextFirst := max(0, top+wordBits-limit)
		bottom, next := s.strip(first, end, nextFirst, base+height, height)
		if top+height == len(a) {
			return bottom
		}
		base = next
		for i := range height {
			s.rows[s.ids[a[top+i]]] = 0
		}
	}
	return base
}

// strip walks the columns from first to end of one strip. d is the distance at its bottom in the column before the first. It
// returns the distance at the bottom of the last column, and of the column before nextFirst.
func (s *strips) strip(first, end, nextFirst, d, height int) (bottom, next int) {
	high := uint64(1) << (height - 1)
	up, down := ^uint64(0), uint64(0) // rows whose distance is one more, one less, than that of the row above
	next = d
	for j := first; j < end; j++ {
		if j == nextFirst {
			next = d
		}
		in := s.carry[j]
		same := s.rows[s.text[j]]
		var inMore, inLess uint64
		if in > 0 {
			inMore = 1
		} else if in < 0 {
			inLess = 1
		}
		vertical := same | down
		same |= inLess
		horizontal := (((same & up) + up) ^ up) | same
		more, less := down|^(horizontal|up), up&horizontal
		var out int8
		if more&high != 0 {
			out = 1
		} else if less&high != 0 {
			out = -1
		}
		s.carry[j] = out
		d += int(out)
		more, less = more<<1|inMore, less<<1|inLess
		up, down = less|^(vertical|more), more&vertical
	}
	if nextFirst >= end {
		next = d
	}
	return d, next
}
