package dev.asof.http;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({HttpProperties.class, LimitsProperties.class, ShutdownProperties.class})
class HttpConfiguration {}
