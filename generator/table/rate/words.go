package rate

import "time"

// class is the role of a word in a rate.
type class int

const (
	other   class = iota
	number        // 100
	unit          // requests, 次
	period        // second, 秒
	per           // per, /, 每
	both          // QPS: unit and window in one
	noise         // at most, 最多
	burst         // burst
	atOnce        // concurrent
	free          // unlimited
	between       // a comma, "and"
	open          // (
	shut          // )
	colon
	plus
	hyphen
	minus // a number below 0
)

// word is an entry of the lexicon. The words of a phrase are separated by single spaces.
type word struct {
	class  class
	unit   string
	window time.Duration
}

const day = 24 * time.Hour

// entries are the words of the lexicon by class. Other words may be a unit after a number ("5
// exports a day") or part of a key.
var entries = []struct {
	word
	spellings []string
}{
	{word{period, "", time.Second}, []string{"second", "seconds", "sec", "secs", "s", "秒", "秒钟"}},
	{word{period, "", time.Minute}, []string{"minute", "minutes", "min", "mins", "m", "分钟", "分"}},
	{word{period, "", time.Hour}, []string{"hour", "hours", "hr", "hrs", "h", "小时", "个小时", "时"}},
	{word{period, "", day}, []string{"day", "days", "d", "天", "日"}},
	{word{period, "", 7 * day}, []string{"week", "weeks", "周", "星期"}},
	// A month has no fixed length; its window is distinguished by being below a second.
	{word{period, "", 1}, []string{"month", "months", "月", "个月"}},
	{word{period, "", time.Millisecond}, []string{"millisecond", "milliseconds", "ms", "毫秒"}},

	{word{unit, Requests, 0}, []string{
		"request", "requests", "req", "reqs", "call", "calls", "time", "times", "hit", "hits", "query", "queries",
		"api request", "api requests", "api call", "api calls", "http requests", "次", "次请求", "次调用", "请求", "个请求", "请求数",
		"requests allowed", "次数", "调用次数",
	}},
	{word{unit, Messages, 0}, []string{"message", "messages", "msg", "msgs", "条", "条消息", "消息"}},

	{word{per, "", 0}, []string{"per", "every", "each", "a", "an", "in", "within", "over", "each and every", "/", "每", "每个", "每一", "in any", "in a", "in each", "for each", "for every"}},

	{word{both, Requests, time.Second}, []string{"qps", "rps", "次每秒"}},
	{word{both, "transactions", time.Second}, []string{"tps"}},
	{word{both, Requests, time.Minute}, []string{"rpm", "qpm"}},
	{word{both, Requests, time.Hour}, []string{"rph"}},
	{word{both, Requests, day}, []string{"rpd", "qpd"}},
	{word{both, "tokens", time.Minute}, []string{"tpm"}},
	{word{both, "tokens", day}, []string{"tpd"}},

	{word{noise, "", 0}, []string{
		"up to", "maximum of", "max of", "maximum", "max", "max.", "at most", "no more than", "not more than", "limit of", "limited to",
		"limit", "rate limit", "rate limits", "rate", "default", "by default", "the", "of", "is", "window", "period", "interval", "allowed",
		"sustained", "steady", "rolling", "sliding", "total", "quota", "limits", "rate limit of", "throttle", "throttled to",
		"最多", "最高", "最大", "不超过", "不能超过", "不得超过", "上限", "上限为", "限制", "限制为", "限频", "限流", "频率", "频率限制", "可", "可调用", "调用", "调用频率",
		"以内", "内", "之内", "为", "是", "默认", "默认值", "默认为", "的", "接口", "最高调用频率", "接口最高调用频率", "请求频率", "频控", "总共", "共", "一共", "合计", "单个", "可发", "总",
	}},
	{word{burst, "", 0}, []string{"burst", "burst of", "bursts of", "burst up to", "with bursts of", "with bursts up to", "with bursts of up to", "bursts of up to", "with a burst of", "and bursts up to", "burst limit", "bursts up to", "突发", "突发上限"}},
	{word{atOnce, Concurrent, 0}, []string{"concurrent", "concurrently", "simultaneous", "simultaneously", "at once", "parallel", "in parallel", "in flight", "at a time", "并发", "并发数", "concurrency", "同时"}},
	{word{free, "", 0}, []string{"unlimited", "no limit", "no limits", "not limited", "not rate limited", "无限制", "不限", "不限制", "无限", "不受限制"}},
	{word{between, "", 0}, []string{",", ";", "and", "&", "、", "和", "且", "而且", "并且", "及", "以及", "\n", "and also", "as well as"}},
	{word{open, "", 0}, []string{"(", "[", "【"}},
	{word{shut, "", 0}, []string{")", "]", "】"}},
	{word{colon, "", 0}, []string{":", "="}},
	{word{plus, "", 0}, []string{"+"}},
	{word{hyphen, "", 0}, []string{"-", "–"}},
}

// numerals are the number words that occur in rates.
var numerals = map[string]int64{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}

// lexicon is entries by spelling; longest is the length of its longest spelling, in characters and
// in words.
var lexicon, longestRun, mostWords = makeLexicon()

func makeLexicon() (map[string]word, int, int) {
	out := make(map[string]word)
	run, words := 0, 0
	for _, e := range entries {
		for _, s := range e.spellings {
			out[s] = e.word
			run = max(run, len([]rune(s)))
			words = max(words, spaces(s)+1)
		}
	}
	return out, run, words
}

func spaces(s string) int {
	n := 0
	for _, r := range s {
		if r == ' ' {
			n++
		}
	}
	return n
}
