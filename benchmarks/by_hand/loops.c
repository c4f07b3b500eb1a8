/* In C: what does not depend on x stands before the loop, every common part is computed once, and each result is a
   row of n doubles: the value, then the partial derivatives in the order of the parameters. */

#include <math.h>
#include <stddef.h>

/* No row overlaps another: unless told so, gcc compares ten pointers first, or gives up. */
#ifdef _OPENMP
#define EACH_POINT _Pragma("omp parallel for simd schedule(static)")
#else
#define EACH_POINT _Pragma("GCC ivdep")
#endif

void decay(size_t n, const double *restrict x, const double *restrict parameters, double *restrict rows) {
    const double a = parameters[0], b = parameters[1], c = parameters[2], mu = parameters[3];
    const double s = parameters[4], d = parameters[5], w = parameters[6], p = parameters[7];
    const double weight = 1 / (s * s), half = -0.5 * weight, inverse = 1 / s;
    double *restrict f = rows, *restrict f_a = rows + n, *restrict f_b = rows + 2 * n, *restrict f_c = rows + 3 * n;
    double *restrict f_mu = rows + 4 * n, *restrict f_s = rows + 5 * n, *restrict f_d = rows + 6 * n;
    double *restrict f_w = rows + 7 * n, *restrict f_p = rows + 8 * n;
    EACH_POINT
    for (size_t i = 0; i < n; i++) {
        const double u = x[i], v = u - mu, t = w * u + p;
        const double fall = exp(-b * u), bell = exp(half * v * v), lens = 1 / (1 + u * u);
        const double wave = sin(t) * lens, slope = d * cos(t) * lens;
        const double drop = a * fall, hill = c * bell, shift = hill * v * weight;
        f[i] = drop + hill + d * wave;
        f_a[i] = fall;
        f_b[i] = -drop * u;
        f_c[i] = bell;
        f_mu[i] = shift;
        f_s[i] = shift * v * inverse;
        f_d[i] = wave;
        f_w[i] = slope * u;
        f_p[i] = slope;
    }
}

void swing(size_t n, const double *restrict x, const double *restrict parameters, double *restrict rows) {
    const double A = parameters[0], k = parameters[1], w = parameters[2], p = parameters[3], C = parameters[4];
    double *restrict f = rows, *restrict f_A = rows + n, *restrict f_k = rows + 2 * n, *restrict f_w = rows + 3 * n;
    double *restrict f_p = rows + 4 * n, *restrict f_C = rows + 5 * n;
    EACH_POINT
    for (size_t i = 0; i < n; i++) {
        const double u = x[i], square = u * u, t = w * u + p;
        const double bell = exp(-k * square), wave = bell * sin(t), slope = A * bell * cos(t);
        const double gate = u / (1 + exp(-u)), sway = A * wave;
        f[i] = sway + C * gate + 0.1 * square - 0.3;
        f_A[i] = wave;
        f_k[i] = -square * sway;
        f_w[i] = slope * u;
        f_p[i] = slope;
        f_C[i] = gate;
    }
}
