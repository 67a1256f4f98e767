LANE_INLINE lane_vector lane_sigmoid(lane_vector x) { return x; }
LANE_INLINE lane_vector lane_hyperbolic_tangent(lane_vector x) { return x; }
