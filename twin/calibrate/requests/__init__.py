"""Records of requests to service demands: how much work each transaction brings to each station."""
