package sqlite

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"

	"askflow/internal/run"
)

// scanner reads JSON piece by piece and keeps nothing of it, so that a result of any size costs no memory. It is lenient: what is
// no JSON ends the reading, and what was found before stands.
type scanner struct {
	buf  []byte
	pos  int
	more func() []byte // the next piece, nil at the end; may be nil
	bad  bool
}

// peek returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos >= len(s.buf) {
		if s.more == nil {
			return 0
		}
		if s.buf, s.pos = s.more(), 0; s.buf == nil {
			s.more = nil
			return 0
		}
	}
	return s.buf[s.pos]
}

func (s *scanner) next() byte {
	c := s.peek()
	s.pos++
	return c
}

// token returns the next byte that is no blank.
func (s *scanner) token() byte {
	for {
		switch c := s.next(); c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
}

// text reads the rest of a string, after its quote. The first keep bytes of it go to dst; find, when there is one, sees all of it.
func (s *scanner) text(dst []byte, keep int, find *finder) []byte {
	var char [utf8.UTFMax]byte
	for !s.bad {
		if s.peek() == 0 && s.more == nil && s.pos >= len(s.buf) {
			s.bad = true
			break
		}
		plain := s.buf[s.pos:]
		if end := bytes.IndexByte(plain, '"'); end >= 0 {
			plain = plain[:end]
		}
		if end := bytes.IndexByte(plain, '\\'); end >= 0 {
			plain = plain[:end]
		}
		if room := keep - len(dst); room > 0 {
			dst = append(dst, plain[:min(room, len(plain))]...)
		}
		if find != nil {
			find.feed(plain)
		}
		if s.pos += len(plain); s.pos >= len(s.buf) {
			continue
		}
		if s.next() == '"' {
			break
		}
		if len(dst) >= keep && find == nil {
			s.next() // whatever is escaped; what follows \u is plain
			continue
		}
		escaped := utf8.AppendRune(char[:0], s.escape())
		if len(dst)+len(escaped) <= keep {
			dst = append(dst, escaped...)
		} else {
			keep = len(dst)
		}
		if find != nil {
			find.feed(escaped)
		}
	}
	return dst
}

// escape reads an escape after its backslash.
func (s *scanner) escape() rune {
	switch c := s.next(); c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'u':
		r := s.hex()
		if !utf16.IsSurrogate(r) {
			return r
		}
		if r >= 0xdc00 || s.peek() != '\\' {
			return utf8.RuneError
		}
		if s.next(); s.peek() != 'u' { // a lone surrogate before another escape; that one stands for itself
			return s.escape()
		}
		s.next()
		return utf16.DecodeRune(r, s.hex())
	default:
		return rune(c)
	}
}

func (s *scanner) hex() rune {
	r := rune(0)
	for range 4 {
		switch c := s.next(); {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			s.bad = true
		}
	}
	return r
}

// skip reads over a value that begins with c.
func (s *scanner) skip(c byte) {
	for depth := 0; !s.bad; c = s.token() {
		switch c {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			s.text(nil, 0, nil)
		case ',', ':':
		case 0:
			s.bad = true
		default:
			s.word()
		}
		if depth <= 0 {
			return
		}
	}
}

// word reads the rest of a number, true, false or null.
func (s *scanner) word() {
	for {
		switch c := s.peek(); {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c == '+', c == '-', c == '.', c == 'E':
			s.pos++
		default:
			return
		}
	}
}

// number reads a whole number that begins with c; anything else is read over and 0.
func (s *scanner) number(c byte) int64 {
	if c < '0' || c > '9' {
		s.skip(c)
		return 0
	}
	n := int64(c - '0')
	for c = s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		n = min(n, 1<<52)*10 + int64(c-'0')
		s.pos++
	}
	s.word()
	return n
}

// list calls each with the first byte of every value of a list.
func (s *scanner) list(each func(c byte)) {
	if s.token() != '[' {
		s.bad = true
	}
	for !s.bad {
		switch c := s.token(); c {
		case ']':
			return
		case ',':
		case 0:
			s.bad = true
		default:
			each(c)
		}
	}
}

// object reads an object that begins with c and calls each with every key and the first byte of its value, all of which each
// must read. A key is only good until then. Anything but an object is read over.
func (s *scanner) object(c byte, each func(key []byte, c byte)) {
	if c != '{' {
		s.skip(c)
		return
	}
	var room [24]byte
	for !s.bad {
		switch s.token() {
		case '}':
			return
		case ',':
		case '"':
			key := s.text(room[:0], len(room), nil)
			if s.token() != ':' {
				s.bad = true
				return
			}
			each(key, s.token())
		default:
			s.bad = true
		}
	}
}

// briefText is how many characters of a text a brief has.
const briefText = 300

// stepsScan finds what a brief says of a row's steps.
type stepsScan struct {
	action, state string // what one step must have; "" for anything
	find          *finder

	steps         int
	answer        []byte
	latency       int64
	code, message []byte // of the first failed step
	failed        bool
	stepMatches   bool
	textMatches   bool
	id            []byte
	stepState     []byte
	errCode       []byte
	errText       []byte
	hasAsk        bool
	askLatency    int64
}

// scan reads a list of steps.
func (v *stepsScan) scan(s *scanner) {
	v.steps, v.answer, v.latency, v.code, v.message = 0, v.answer[:0], 0, v.code[:0], v.message[:0]
	v.failed, v.stepMatches, v.textMatches = false, false, false
	s.list(func(c byte) { v.step(s, c) })
}

func (v *stepsScan) step(s *scanner, c byte) {
	v.id, v.stepState, v.errCode, v.errText, v.hasAsk, v.askLatency = v.id[:0], v.stepState[:0], v.errCode[:0], v.errText[:0], false, 0
	s.object(c, func(key []byte, c byte) {
		switch string(key) {
		case "actionId":
			v.id = v.short(s, c, v.id)
		case "state":
			v.stepState = v.short(s, c, v.stepState)
		case "ask":
			v.hasAsk = c == '{'
			v.ask(s, c)
		case "error":
			v.failure(s, c)
		default:
			s.skip(c)
		}
	})
	v.steps++
	if v.hasAsk {
		v.latency = v.askLatency
	}
	if !v.failed && string(v.stepState) == string(run.FailContinue) {
		v.failed = true
		v.code, v.message = append(v.code, v.errCode...), append(v.message, v.errText...)
	}
	if (v.action == "" || string(v.id) == v.action) && (v.state == "" || string(v.stepState) == v.state) {
		v.stepMatches = true
	}
}

func (v *stepsScan) ask(s *scanner, c byte) {
	s.object(c, func(key []byte, c byte) {
		switch {
		case string(key) == "response" && c == '"':
			if v.find != nil && !v.textMatches {
				v.find.begin()
				v.find.found = false
				v.answer = s.text(v.answer[:0], briefText*utf8.UTFMax, v.find)
				v.textMatches = v.find.found
				return
			}
			v.answer = s.text(v.answer[:0], briefText*utf8.UTFMax, nil)
		case string(key) == "latencyMs":
			v.askLatency = s.number(c)
		default:
			s.skip(c)
		}
	})
}

func (v *stepsScan) failure(s *scanner, c byte) {
	s.object(c, func(key []byte, c byte) {
		switch string(key) {
		case "code":
			v.errCode = v.short(s, c, v.errCode)
		case "message":
			v.errText = v.short(s, c, v.errText)
		default:
			s.skip(c)
		}
	})
}

// short reads the beginning of a text into dst.
func (v *stepsScan) short(s *scanner, c byte, dst []byte) []byte {
	if c != '"' {
		s.skip(c)
		return dst[:0]
	}
	return s.text(dst[:0], briefText*utf8.UTFMax, nil)
}

// beginning is the first briefText characters of b, a copy.
func beginning(b []byte) string {
	n, end := 0, 0
	for end < len(b) && n < briefText {
		_, size := utf8.DecodeRune(b[end:])
		if size == 1 && !utf8.FullRune(b[end:]) {
			break // a character that was cut
		}
		end += size
		n++
	}
	return string(bytes.ToValidUTF8(b[:end], []byte("\uFFFD")))
}
