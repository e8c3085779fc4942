package istio

// whole is the weight of the only entry of a route, which gets everything
// whatever its weight says.
const whole = 100

// maxWeight bounds the sum of a route's weights: Istio keeps them as int32.
const maxWeight = 1<<31 - 1

// effective are the weights that Istio acts on: an omitted one counts 0, but
// the only entry of a route gets everything.
func effective(entries []entry) []int64 {
	out := make([]int64, len(entries))
	if len(out) == 1 {
		out[0] = whole
		return out
	}
	for i, e := range entries {
		if e.Weight != nil && *e.Weight > 0 {
			out[i] = *e.Weight
		}
	}
	return out
}

// factor is the smallest multiple of f by which a route's weights have to be
// multiplied so that a percentage of one of stable's is whole. It is 1 wherever
// integers can say the shares, so that the sum stays the user's. Where it is
// not, the sum grows: Istio takes weights as relative to their sum. It divides
// 100.
func factor(f, stable int64, percent int) int64 {
	return lcm(f, 100/gcd(stable*int64(percent), 100))
}

// tooLarge says that scaled weights could leave Istio's range.
func tooLarge(weights []int64) bool {
	var sum int64
	for _, w := range weights {
		if w > maxWeight {
			return true
		}
		sum += w
	}
	return sum > maxWeight/100
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func lcm(a, b int64) int64 { return a / gcd(a, b) * b }
