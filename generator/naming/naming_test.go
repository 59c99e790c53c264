package naming

import (
	"go/token"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestExported(t *testing.T) {
	for in, want := range map[string]string{
		"user_id": "UserID", "getHTTPUser": "GetHTTPUser", "registerUsers": "RegisterUsers", "IDs": "IDs",
		"userIDs": "UserIDs", "each-50": "Each50", "+1": "Plus1", "-1": "Minus1", "": "Empty", "*": "Star",
		"OAuth2Client": "OAuth2Client", "日本": "X日本", "oauth_token": "OAuthToken", "getOAuthToken": "GetOAuthToken",
		"ipv4": "IPv4", "userIPv6Address": "UserIPv6Address", "vpc_id": "VPCID", "ai-model": "AIModel", "saml": "SAML", "pinMessage": "PinMessage", "1st": "X1st", "api_url": "APIURL", "notifier.name": "NotifierName",
	} {
		if got := Exported(in); got != want {
			t.Errorf("Exported(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestUnexported(t *testing.T) {
	for in, want := range map[string]string{
		"user_id": "userID", "ID": "id", "HTTPServer": "httpServer", "type": "typeValue", "func": "funcValue", "X": "x",
	} {
		if got := Unexported(in); got != want {
			t.Errorf("Unexported(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestWordsWithSmallLettersInThem(t *testing.T) {
	for in, want := range map[string]string{
		"OAuthToken": "OAuth Token", "myOAuth2App": "my OAuth2 App", "IPv4": "IPv4", "hostIPv6s": "host I Pv6s",
		"GraphQLQuery": "GraphQL Query", "OAuthorise": "O Authorise",
	} {
		if got := strings.Join(Words(in), " "); got != want {
			t.Errorf("Words(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	for in, want := range map[string]string{
		"PetStatus": "PetStatus",
		"CreateAccountMethodOptionsDebitMandateType":           "CreateOptionsDebitMandateType",
		"Abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz": "Abcdefghijklmnopqrstuvwxyzabcdef",
	} {
		if got := Short(in, 32); got != want {
			t.Errorf("Short(%q) = %s, want %s", in, got, want)
		}
	}
}

func check(t *testing.T, name string) {
	t.Helper()
	for _, id := range []string{Exported(name), Unexported(name)} {
		if !token.IsIdentifier(id) {
			t.Errorf("%q became %q, which is no identifier", name, id)
		}
	}
	if id := Exported(name); !token.IsExported(id) {
		t.Errorf("%q became %q, which is not exported", name, id)
	}
}

func TestAnyNameBecomesAnIdentifier(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("aZ09_-+. /\\\"'`{}*/\n\u202e\u0130ßǅ日🙈éª₂")
	for range 50_000 {
		name := make([]rune, r.IntN(6))
		for i := range name {
			name[i] = alphabet[r.IntN(len(alphabet))]
		}
		check(t, string(name))
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"", "a", "+1", "\xff", "type", "_", "日本"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) { check(t, name) })
}

func TestOnlyDerivedNamesMove(t *testing.T) {
	table := NewTable("Client")
	if got := table.Give("Client", "Schema"); got != "ClientSchema" {
		t.Errorf("a schema named as the run-time became %s", got)
	}
	if !table.Take("User") || table.Take("User") {
		t.Error("a name is given once")
	}
	if got := table.Give("User", "Request"); got != "UserRequest" {
		t.Errorf("a derived name became %s", got)
	}
	if got := table.Give("User", "Request"); got != "UserRequest2" {
		t.Errorf("a second one became %s", got)
	}
}
