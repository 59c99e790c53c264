// Package naming turns the names of a spec into Go identifiers: it splits them into words, and
// assigns them in one table per namespace.
package naming

import (
	"fmt"
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms have one case throughout, as in Go's code review comments.
var initialisms = func() map[string]string {
	all := strings.Fields(`ACL ACLs AES AI API APIs ARN ARNs ASCII ASN AWS BIC CDN CIDR CLI CORS CPU CPUs CSS CSV CVE CVEs
		DB DBs DHCP DKIM DMARC DNS DOI ECDSA EOF FAQ FIFO FTP GB GCP GDPR GIF GMT GPG GPS GPU GPUs GraphQL GRPC GTE GUID
		HMAC HSM HTML HTTP HTTPS IAM IBAN ID IDs IDP IMEI IMSI IO IP IPs IPv4 IPv6 ISBN ISO JPEG JSON JSONL JWK JWKS JWT JWTs
		KB KMS KYC LDAP LHS LLM LLMs LRU LTE MB MFA MIME ML MQTT NFC NFT NoSQL NTP OAuth OAuth1 OAuth2 OCR OIDC OS OTP
		PCI PDF PDFs PGP PHP PII PNG QPS QR RAM RBAC RFC RGB RHS ROI RPC RSA RSS RTMP SAML SCIM SDK SFTP SHA SIP SKU SKUs
		SLA SLO SMS SMTP SNI SNMP SPF SQL SRV SSD SSE SSH SSL SSN SSO SVG TCP TLS TOTP TTL TV UDP UI UID UIDs UPC URI URIs
		URL URLs URN USB UTC UTF8 UUID UUIDs VAT VLAN VM VMs VPC VPCs VPN VPNs WAF WAN XML XSRF XSS YAML`)
	m := make(map[string]string, len(all))
	for _, s := range all {
		m[strings.ToLower(s)] = s
	}
	return m
}()

// mixed are initialisms with lower-case letters; a change of case inside them does not end a word.
var mixed = []string{"OAuth2", "OAuth1", "OAuth", "IPv4", "IPv6", "GraphQL", "NoSQL"}

// mixedAt returns the length of such a word at the start of rest.
func mixedAt(rest []rune) int {
	for _, w := range mixed {
		n := len(w)
		if len(rest) >= n && rest[0] == rune(w[0]) && string(rest[:n]) == w &&
			(len(rest) == n || !unicode.IsLower(rest[n])) {
			return n
		}
	}
	return 0
}

// symbols are words for characters that carry meaning in names such as "+1" and "-created".
var symbols = map[rune]string{
	'+': "Plus", '*': "Star", '%': "Percent", '&': "And", '=': "Eq", '<': "Less", '>': "Greater",
	'!': "Not", '@': "At", '#': "Hash", '$': "Dollar", '~': "Tilde", '^': "Caret", '|': "Or",
	'?': "Query",
}

// Words splits a name at punctuation and at changes of case: "getHTTPUser_id" is get, HTTP, User,
// id.
func Words(name string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, string(word))
			word = nil
		}
	}
	runes := []rune(name)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		if n := mixedAt(runes[i:]); n > 0 && (len(word) == 0 || !unicode.IsUpper(word[len(word)-1])) {
			flush()
			word = runes[i : i+n : i+n]
			flush()
			i += n - 1
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		if n := len(word); n > 0 && unicode.IsUpper(r) {
			prev := word[n-1]
			next := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			// A plural initialism (IDs, URLs) ends in a lower-case s that starts no word.
			plural := next && runes[i+1] == 's' && (i+2 == len(runes) || !unicode.IsLower(runes[i+2]))
			if unicode.IsLower(prev) || unicode.IsDigit(prev) || unicode.IsUpper(prev) && next && !plural {
				flush()
			}
		}
		word = append(word, r)
	}
	flush()
	return words
}

// Exported returns name as an exported Go identifier: "user_id" is UserID. A name without letters
// and digits is spelt out, so that the result is never empty.
func Exported(name string) string {
	words := Words(name)
	if len(words) == 0 || isSigned(name) {
		words = append(spell(name), words...)
	}
	var b strings.Builder
	for _, w := range words {
		b.WriteString(title(w))
	}
	id := b.String()
	if first := []rune(id)[0]; !unicode.IsUpper(first) {
		// Digits cannot start an identifier; letters without case cannot export one.
		id = "X" + id
	}
	return id
}

// Short returns an identifier of at most that many bytes. It drops words from the middle, since the
// first words say what the thing belongs to and the last what it is.
func Short(id string, most int) string {
	if len(id) <= most {
		return id
	}
	words := Words(id)
	first, last := 1, len(words)
	size := len(words[0])
	for first < last-1 && size+len(words[first]) <= most/3 {
		size += len(words[first])
		first++
	}
	for last > first && size+len(words[last-1]) <= most {
		last--
		size += len(words[last])
	}
	out := strings.Join(words[:first], "") + strings.Join(words[last:], "")
	if len(out) <= most {
		return out
	}
	for most > 0 && !utf8.RuneStart(out[most]) {
		most--
	}
	return out[:most]
}

// Unexported returns name as an unexported identifier that is not a keyword: "User-ID" is userID.
func Unexported(name string) string {
	id := Exported(name)
	words := Words(id)
	if len(words) == 0 {
		return id
	}
	first := strings.ToLower(words[0])
	if _, ok := initialisms[first]; !ok && !allUpper(words[0]) {
		r := []rune(words[0])
		r[0] = unicode.ToLower(r[0])
		first = string(r)
	}
	id = first + strings.TrimPrefix(id, words[0])
	if token.IsKeyword(id) {
		return id + "Value"
	}
	return id
}

func allUpper(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsUpper(r) && !unicode.IsDigit(r) }) < 0
}

func title(word string) string {
	if s, ok := initialisms[strings.ToLower(word)]; ok {
		return s
	}
	r := []rune(word)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// isSigned reports whether a name starts with a sign that distinguishes it, such as "+1" and
// "-created_at".
func isSigned(name string) bool {
	return len(name) > 1 && (name[0] == '+' || name[0] == '-')
}

// spell names the punctuation of a name that has only punctuation, or starts with a sign.
func spell(name string) []string {
	if name == "" {
		return []string{"Empty"}
	}
	if isSigned(name) {
		name = name[:1]
	}
	var words []string
	for _, r := range name {
		switch w, ok := symbols[r]; {
		case ok:
			words = append(words, w)
		case r == '-':
			words = append(words, "Minus")
		case r == '_':
			words = append(words, "Underscore")
		case r == '.':
			words = append(words, "Dot")
		case r == '/':
			words = append(words, "Slash")
		case unicode.IsSpace(r):
			words = append(words, "Space")
		default:
			words = append(words, fmt.Sprintf("U%04X", r))
		}
	}
	return words
}
